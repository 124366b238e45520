"""Networks with color classes: any temperature in each runtime, against the Keras network."""

import json
import shutil

import keras
import numpy as np
import pytest
import scipy.special
import scipy.stats
import tensorflow as tf

from colorizer_tf import Colorizer, color
from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.export.options import ExportOptions
from colorizer_tf.export.saved_model import export_network
from colorizer_tf.inference.catalog import SHIPPED, shipped_folder
from colorizer_tf.inference.distribution import ColorClasses, ColorDistribution
from colorizer_tf.inference.draws import draw_ab
from colorizer_tf.inference.request import PredictionRequest
from tests.export.formats.networks import class_network


@pytest.fixture(scope="module", params=["onnx", "tensorflow"])
def colorizer(class_folder, request):
    return Colorizer(class_folder, runtime=request.param)


def expected_ab(network, lightness):
    """The Keras network on L* `(n, h, w)`, reflected to its stride as the signatures do."""
    height, width = lightness.shape[1:]
    padded = np.pad(lightness, [(0, 0), (0, -height % 8), (0, -width % 8)], "reflect")
    return 128 * network(padded[..., None] / 50 - 1).numpy()[:, :height, :width]


@pytest.fixture
def lightness(rng):
    return rng.uniform(0, 100, (2, 21, 34)).astype("float32")


@pytest.mark.parametrize("temperature", [None, 0.2, 1.0])
def test_predicts_as_a_network_trained_at_that_temperature(colorizer, lightness, temperature):
    expected = expected_ab(class_network(temperature or 0.5), lightness)
    request = PredictionRequest(temperature=temperature)
    for photo, ab in zip(colorizer.predict_lightness(lightness, request), expected, strict=True):
        assert np.abs(ab).mean() > 1
        np.testing.assert_allclose(photo.ab, ab, atol=0.02)
        assert photo.ab_stride == 4


def test_a_signature_gives_the_distribution(class_folder, lightness):
    network = class_network()
    signatures = tf.saved_model.load(str(class_folder)).signatures
    assert set(signatures) == {"predict_ab", "colorize", "colorize_bytes", "predict_classes"}
    whole = lightness[:, :16, :32, None]
    logits = signatures["predict_classes"](lightness=tf.constant(whole))["logits"]
    assert logits.shape == (2, 4, 8, 169)
    layer = network.get_layer("color_logits").output
    expected = keras.Model(network.input, layer)(whole / 50 - 1)
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-3)


def test_the_temperature_is_a_choice_of_each_call_and_of_the_object(colorizer, class_folder, rng):
    photo = rng.integers(0, 256, (30, 44), np.uint8)
    lively = Colorizer(class_folder, runtime=colorizer.runtime, temperature=0.2)
    np.testing.assert_array_equal(
        lively.colorize(photo), colorizer.colorize(photo, temperature=0.2)
    )
    np.testing.assert_array_equal(
        colorizer.colorize(photo), colorizer.colorize(photo, temperature=0.5)
    )
    assert (lively.colorize(photo) != colorizer.colorize(photo)).any()
    assert lively.identity != colorizer.identity
    assert Colorizer(class_folder, temperature=0.5).identity == colorizer.identity


@pytest.mark.parametrize("wrong", [0, -1, 1.5, float("nan")])
def test_a_temperature_out_of_range_is_refused(colorizer, rng, wrong):
    with pytest.raises(
        ColorizerError, match=r"temperature: received .*expected above 0, at most 1"
    ):
        colorizer.colorize(rng.integers(0, 256, (9, 9), np.uint8), temperature=wrong)


def test_a_network_without_a_distribution_takes_none(saved_model):
    with pytest.raises(UsageError, match="temperature: this model predicts ab"):
        Colorizer(saved_model, temperature=0.5)


@pytest.mark.parametrize("name", SHIPPED)
def test_models_exported_with_one_built_in_say_to_export_again(name):
    folder = shipped_folder(name)
    info = json.loads((folder / "model.json").read_text())
    if info["format_version"] > 1:
        pytest.skip(f"{name} takes any temperature")
    with pytest.raises(
        UsageError, match=rf"with {info['temperature']} built in: colorizer-tf export"
    ):
        Colorizer(folder).colorize(np.zeros((9, 9), np.uint8), temperature=0.9)


def test_an_onnx_file_alone_gives_both(class_folder, lightness):
    import onnxruntime

    session = onnxruntime.InferenceSession(class_folder / "model.onnx")
    ab, logits = session.run(["ab", "logits"], {"lightness": lightness[..., None]})
    np.testing.assert_allclose(ab, expected_ab(class_network(), lightness), atol=0.02)
    assert logits.shape == (2, 6, 10, 169)


def test_confidence_is_one_less_the_share_of_entropy(colorizer, lightness):
    (prediction,) = colorizer.predict_lightness(lightness[:1, :16, :16])
    confidence = prediction.distribution.confidence()
    assert confidence.shape == (16, 16)
    likely = prediction.distribution.probabilities()
    np.testing.assert_allclose(likely.sum(-1), 1, atol=1e-5)
    expected = 1 - scipy.stats.entropy(likely, axis=-1) / np.log(169)
    assert confidence.min() >= 0
    # A pixel far from its neighbors' borders has its cell's value in the mean around it.
    assert confidence.mean() == pytest.approx(expected.mean(), abs=0.02)


def test_classes_that_model_json_does_not_describe_are_refused(class_folder, tmp_path):
    for number, entry in enumerate(
        [{}, {"centers": ["x"]}, {"centers": [0, 1], "chroma_compression": 0.1, "stride": 0}, 7]
    ):
        model = shutil.copytree(class_folder, tmp_path / str(number))
        info = json.loads((model / "model.json").read_text())
        (model / "model.json").write_text(json.dumps(info | {"classes": entry}))
        with pytest.raises(ColorizerError, match=r"model\.json cannot be read.*export"):
            Colorizer(model)
    model = shutil.copytree(class_folder, tmp_path / "fewer")
    fewer = {"centers": [0, 1], "chroma_compression": 0.1, "stride": 4}
    (model / "model.json").write_text(json.dumps(info | {"classes": fewer}))
    with pytest.raises(ColorizerError, match="gives 169 color classes"):
        Colorizer(model).colorize(np.zeros((9, 9), np.uint8))


def test_export_sets_the_default(tmp_path, lightness):
    options = ExportOptions(formats=("savedmodel",), temperature=0.2, chroma_gain=1.3)
    out = export_network(class_network(), 8, tmp_path / "m", size=32, ab_stride=4, options=options)
    expected = 1.3 * expected_ab(class_network(0.2), lightness)
    np.testing.assert_allclose(Colorizer(out).predict_ab(lightness[..., None]), expected, atol=0.02)
    ab = tf.saved_model.load(str(out)).signatures["predict_ab"](lightness=lightness[..., None])[
        "ab"
    ]
    np.testing.assert_allclose(ab, expected, atol=0.02)


def test_variants_are_fixed_by_their_seed_and_differ_where_the_model_is_unsure(colorizer):
    photo = np.random.default_rng(3).integers(0, 256, (40, 33), np.uint8)
    three = colorizer.variants(photo, 3, seed=5)
    assert [each.shape for each in three] == [(40, 33, 3)] * 3
    np.testing.assert_array_equal(colorizer.variants(photo, 1, seed=6)[0], three[1])
    for one, two in [(0, 1), (0, 2), (1, 2)]:
        assert np.abs(three[one].astype(int) - three[two]).mean() > 1
    for each in three:
        assert np.abs(color.rgb_to_lightness(each)[..., 0] - lightness_of(photo)).max() < 0.6
    with pytest.raises(ColorizerError, match="received 0, expected at least 1"):
        colorizer.variants(photo, 0)


def test_draws_follow_the_distribution_and_are_alike_within_an_object():
    centers = (-36.0, -27.0, -19.0, -13.0, -8.0, -4.0, 0.0, 4.0, 8.0, 13.0, 19.0, 27.0, 36.0)
    classes = ColorClasses(centers, 0.045, 4)
    likely = np.zeros((13, 13), np.float32)
    # Blue-green (a -19, b -19) one time in four, else orange (a 13, b 27).
    likely[2, 2], likely[9, 11] = 0.25, 0.75
    logits = np.broadcast_to(np.log(likely.ravel() + 1e-12), (3, 4, 169))
    distribution = ColorDistribution(logits, classes, 12, 16)
    drawn = [draw_ab(distribution, np.full((12, 16), 50.0), seed, 1.0) for seed in range(300)]
    middles = np.array([ab[6, 8] for ab in drawn])
    assert (middles[:, 1] < 0).mean() == pytest.approx(0.25, abs=0.08)
    # One object: its pixels are more alike than those of two pictures are.
    within = np.mean([np.abs(ab[..., 1] - ab[6, 8, 1]).mean() for ab in drawn])
    between = np.abs(middles[:, 1] - np.roll(middles[:, 1], 1)).mean()
    assert within < 0.75 * between


def test_confidence_comes_with_the_picture(colorizer):
    photo = np.random.default_rng(3).integers(0, 256, (40, 33), np.uint8)
    colored, sure = colorizer.colorize(photo, return_confidence=True)
    np.testing.assert_array_equal(colored, colorizer.colorize(photo))
    assert sure.shape == photo.shape
    assert 0 <= sure.min() < sure.max() <= 1
    likely = scipy.special.softmax(colorizer.predict(photo).distribution.logits, axis=-1)
    expected = 1 - scipy.stats.entropy(likely, base=169, axis=-1)
    assert sure.mean() == pytest.approx(expected.mean(), abs=0.02)


def test_models_of_one_color_have_neither(saved_model):
    photo = np.zeros((8, 8), np.uint8)
    with pytest.raises(ColorizerError, match="and has no variants: choose another --model"):
        Colorizer(saved_model).variants(photo, 2)
    with pytest.raises(ColorizerError, match="does not tell how sure"):
        Colorizer(saved_model).colorize(photo, return_confidence=True)


def lightness_of(photo):
    return color.rgb_to_lightness(np.repeat(photo[..., None], 3, -1))[..., 0]
