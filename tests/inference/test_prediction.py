"""Predictions between the network and the merge: in parts, in batches, mirrored, by request."""

import dataclasses
import pickle

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from colorizer_tf import Colorizer
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.inference.predictor import Predictor
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.inference.runtimes.onnx import load_onnx_model


@pytest.fixture(scope="module")
def colorizer(saved_model):
    return Colorizer(saved_model)


@pytest.fixture
def photo(rng):
    coarse = rng.integers(0, 256, (5, 7, 3), np.uint8)
    return cv2.resize(coarse, (81, 60), interpolation=cv2.INTER_CUBIC)


def test_predict_and_merge_are_colorize(colorizer, photo):
    prediction = colorizer.predict(photo)
    assert prediction.ab.shape == (*prediction.lightness.shape, 2)
    for strength in (1.0, 0.3, 0):
        expected = colorizer.colorize(photo, strength=strength)
        merged = colorizer.merge(photo, prediction, strength=strength)
        np.testing.assert_array_equal(merged, expected)


def test_a_changed_prediction_is_merged_as_it_is(colorizer, photo):
    prediction = colorizer.predict(photo)
    gray = dataclasses.replace(prediction, ab=np.zeros_like(prediction.ab))
    merged = colorizer.merge(photo, gray).astype(int)
    assert np.ptp(merged, axis=-1).max() <= 1


def test_several_photos_are_predicted_together(colorizer, rng):
    lightness = rng.uniform(0, 100, (3, 21, 34)).astype("float32")
    together = colorizer.predict_lightness(lightness)
    for photo, prediction in zip(lightness, together, strict=True):
        (alone,) = colorizer.predict_lightness(photo[None])
        np.testing.assert_allclose(prediction.ab, alone.ab, atol=1e-3)
        np.testing.assert_array_equal(prediction.lightness, photo)


@pytest.mark.parametrize("width", [32, 33, 39])
def test_mirrored_photos_get_mirrored_colors(saved_model, rng, width):
    # Whole in the stride: what lengthens a photo is seen on one side of it only.
    lightness = rng.uniform(0, 100, (1, 24, width)).astype("float32")
    colorizer = Colorizer(saved_model, mirror=True)
    (prediction,) = colorizer.predict_lightness(lightness)
    assert prediction.ab.shape == (24, width, 2)
    if width == 32:
        (mirrored,) = colorizer.predict_lightness(lightness[:, :, ::-1])
        np.testing.assert_allclose(prediction.ab, mirrored.ab[:, ::-1], atol=1e-3)
        plain = dataclasses.replace(colorizer.request, mirror=False)
        both = [
            colorizer.predict_lightness(lightness, plain)[0].ab,
            colorizer.predict_lightness(lightness[:, :, ::-1], plain)[0].ab[:, ::-1],
        ]
        np.testing.assert_allclose(prediction.ab, np.mean(both, 0), atol=1e-3)
    assert colorizer.identity != Colorizer(saved_model).identity


def test_mirrored_distributions_have_the_mean_of_the_probabilities(rng):
    lightness = rng.uniform(0, 100, (1, 8, 8)).astype("float32")
    logits = {False: rng.normal(0, 3, (1, 2, 2, 4)), True: rng.normal(0, 3, (1, 2, 2, 4))}

    def run(taken, _):
        return {"logits": logits[bool((taken[..., 0] == lightness[:, :, ::-1]).all())]}

    classes = {"centers": [-10, 10], "chroma_compression": 0.045, "stride": 4}
    info = {"size": 8, "stride": 8, "ab_stride": 4, "temperature": 1.0, "classes": classes}
    request = PredictionRequest(mirror=True).resolved(info)
    (prediction,) = Predictor(run, info).predict(lightness, request)
    likely = [np.exp(each) / np.exp(each).sum(-1, keepdims=True) for each in logits.values()]
    expected = (likely[0] + likely[1][:, :, ::-1]) / 2
    np.testing.assert_allclose(prediction.distribution.probabilities(), expected[0], atol=1e-5)


def seeded_file(path, other=None):
    """An ONNX file whose a* and b* are the seed it is given."""
    values = [
        helper.make_tensor_value_info("lightness", TensorProto.FLOAT, ["n", "h", "w", 1]),
        helper.make_tensor_value_info(other or "seed", TensorProto.INT32, []),
    ]
    result = helper.make_tensor_value_info("ab", TensorProto.FLOAT, ["n", "h", "w", 2])
    nodes = [
        helper.make_node("Concat", ["lightness", "lightness"], ["pair"], axis=-1),
        helper.make_node("Sub", ["pair", "pair"], ["zeros"]),
        helper.make_node("Cast", [other or "seed"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Add", ["zeros", "float"], ["ab"]),
    ]
    graph = helper.make_graph(nodes, "seeded", values, [result])
    imports = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=imports, ir_version=8), path)
    return path


def test_a_network_gets_the_fields_of_the_request_that_it_takes(tmp_path):
    run = load_onnx_model(seeded_file(tmp_path / "model.onnx"))
    lightness = np.full((1, 2, 3, 1), 50, "float32")
    for seed in (0, 7):
        ab = run(lightness, PredictionRequest(seed=seed))["ab"]
        np.testing.assert_array_equal(ab, np.full((1, 2, 3, 2), seed))


def test_a_network_that_takes_what_no_request_has_is_refused(tmp_path):
    path = seeded_file(tmp_path / "model.onnx", "depth")
    with pytest.raises(ColorizerError, match="has the inputs depth, lightness, expected lightness"):
        load_onnx_model(path)


def test_a_request_is_picklable():
    request = PredictionRequest(size=64, mirror=True)
    assert pickle.loads(pickle.dumps(request)) == request


@pytest.mark.parametrize("seed", [-1, 2**31, 0.5, "x"])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(ColorizerError, match="seed: received"):
        PredictionRequest(seed=seed)


def test_a_size_beyond_the_training_s_is_warned_of():
    info = {"size": 96, "trained_at": 96}
    for size in (None, 64, 96):
        assert PredictionRequest(size=size).beyond_training(info) == ""
    assert "96 px" in PredictionRequest(size=256).beyond_training(info)
    assert PredictionRequest(size=256).beyond_training({"size": 96}) == ""
