"""Hints in what is exported: the signature against the Python API, each format, and none given."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from colorizer_tf import Colorizer
from colorizer_tf.base.errors import UsageError
from colorizer_tf.export.options import ExportOptions
from colorizer_tf.export.saved_model import export_network
from colorizer_tf.inference import model_json
from colorizer_tf.inference.hints.points import Point
from colorizer_tf.inference.hints.spread import HintField
from colorizer_tf.networks import LOGITS, HintHead, hint_head, unet, write_hint_head

SHAPE = (21, 30)


@pytest.fixture(scope="module")
def network():
    network = unet((8, 16), head="classes", ab_stride=4, norm="none", temperature=0.5)
    rng = np.random.default_rng(3)
    for name in (LOGITS,):
        layer = network.get_layer(name)
        layer.set_weights([rng.normal(0, 0.4, w.shape) for w in layer.get_weights()])
    return network


@pytest.fixture(scope="module")
def head_file(network, tmp_path_factory):
    keras.utils.set_random_seed(4)
    head = hint_head(network.get_layer(LOGITS).input.shape[-1])
    path = tmp_path_factory.mktemp("heads") / "hints.npz"
    write_hint_head(HintHead(head, (4.0, 2.0, 1.0, 0.5)), path)
    return path


@pytest.fixture(scope="module")
def model(network, head_file, tmp_path_factory):
    options = ExportOptions(weights="float16", hints=str(head_file))
    out = tmp_path_factory.mktemp("models") / "hinted"
    return export_network(network, network.stride, out, size=32, ab_stride=4, options=options)


def hinted_by(model, lightness, at, asked, runtime):
    colorizer = Colorizer(model, runtime=runtime)
    (prediction,) = colorizer.predict_lightness(lightness[None])
    points = [
        Point(tuple(place), float(lightness[tuple(place)]), ab)
        for place, ab in zip(at, asked, strict=True)
    ]
    field = HintField(prediction, model_json.hint_kernel(colorizer.info))
    return field.hinted(points, lightness.shape).ab


def test_the_signature_says_what_python_says(model, rng):
    lightness = tf.image.resize(rng.uniform(20, 80, (5, 6, 1)), SHAPE).numpy()[..., 0]
    at, asked = rng.integers(0, 21, (3, 2)), rng.normal(0, 30, (3, 2))
    hint_ab, mask = np.zeros((*SHAPE, 2), np.float32), np.zeros((*SHAPE, 1), np.float32)
    for (row, column), ab in zip(at, asked, strict=True):
        hint_ab[row, column], mask[row, column] = ab, 1
    loaded = tf.saved_model.load(str(model))
    # Another photo beside it, without a hint.
    none = np.zeros_like(mask)
    batch = [np.stack(pair).astype("float32") for pair in
             ((lightness[..., None],) * 2, (hint_ab, hint_ab), (mask, none))]  # fmt: skip
    names = ("lightness", "hint_ab", "hint_mask")
    hinted = loaded.signatures["predict_ab_hinted"]
    found = hinted(**{n: tf.constant(v) for n, v in zip(names, batch, strict=True)})["ab"]
    np.testing.assert_allclose(found[0].numpy()[tuple(at.T)], asked, atol=0.5)
    plain = loaded.signatures["predict_ab"](lightness=tf.constant(batch[0]))["ab"]
    np.testing.assert_array_equal(found[1], plain[1])
    for runtime in ("onnx", "tensorflow"):
        expected = hinted_by(model, lightness, at, asked, runtime)
        # Python asks again for what the merge onto a photo's own L* changes.
        assert np.abs(found[0] - expected).mean() < 0.5


def test_without_hints_nothing_changes(model, network, tmp_path, rng):
    options = ExportOptions(weights="float16")
    plain = export_network(
        network, network.stride, tmp_path / "plain", size=32, ab_stride=4, options=options
    )
    photo = rng.integers(0, 256, (40, 50), np.uint8)
    for runtime in ("onnx", "tensorflow"):
        expected = Colorizer(plain, runtime=runtime).colorize(photo)
        np.testing.assert_array_equal(Colorizer(model, runtime=runtime).colorize(photo), expected)
    infos = [json.loads((folder / "model.json").read_text()) for folder in (plain, model)]
    assert set(infos[1]["signatures"]) - set(infos[0]["signatures"]) == {
        "predict_hint_features", "predict_ab_hinted"
    }  # fmt: skip
    assert infos[0]["parameters"] == infos[1]["parameters"]


def test_a_head_for_another_network_is_refused(network, wild_network, head_file, tmp_path):
    (tmp_path / "bad.npz").write_bytes(b"PK")
    for file, given in ((head_file, wild_network), (tmp_path / "bad.npz", network)):
        with pytest.raises(UsageError, match=r"hints: .*expected"):
            options = ExportOptions(hints=str(file))
            export_network(given, 4, tmp_path / "out", size=32, ab_stride=4, options=options)
