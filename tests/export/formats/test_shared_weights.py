"""ONNX files that read their weights out of a SavedModel's file."""

import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf

from colorizer_tf.export.formats.shared_weights import with_shared_weights

SPEC = tf.TensorSpec([None, 40], tf.float32, "inputs")


@pytest.fixture(scope="module")
def weights():
    rng = np.random.default_rng(0)
    kernel = tf.Variable(rng.normal(0, 1, (40, 50)).astype(np.float16))
    return {"dense/kernel": kernel, "dense/bias": tf.Variable(tf.ones([50]))}


def apply(inputs, weights):
    kernel = tf.cast(weights["dense/kernel"], tf.float32)
    return {"outputs": inputs @ kernel + weights["dense/bias"]}


@pytest.mark.parametrize("content", ["found", "gone"])
def test_onnx_runtime_computes_with_the_variables(weights, tmp_path, content):
    module = tf.Module()
    module.weights = weights
    tf.saved_model.save(module, str(tmp_path))
    (variables,) = (tmp_path / "variables").glob("*.data-*")
    if content == "gone":
        variables.write_bytes(b"something else")
    model = with_shared_weights(apply, SPEC, weights, variables, tmp_path)
    path = tmp_path / "model.onnx"
    onnx.save_model(model, str(path))
    onnx.checker.check_model(str(path))
    assert (path.stat().st_size < 40 * 50 * 2) == (content == "found")
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert [each.name for each in session.get_inputs()] == ["inputs"]
    inputs = np.random.default_rng(1).normal(size=(3, 40)).astype(np.float32)
    expected = inputs @ weights["dense/kernel"].numpy().astype(np.float32) + 1
    (found,) = session.run(["outputs"], {"inputs": inputs})
    np.testing.assert_allclose(found, expected, atol=1e-4)
