"""Color onto planes of video, against FFmpeg's own conversions and CIELAB of scikit-image."""

import cv2
import numpy as np
import pytest
from skimage.color import rgb2lab

from colorizer_tf.color.merge import small_lightness
from colorizer_tf.color.merge.planes import Coding, luma_lightness, merge_planes

SIDES = HIGH, WIDE = 96, 128
CODINGS = {
    "BT.709": (Coding(0.2126, 0.0722), 2),
    "BT.601, full range, 4:4:4": (Coding(0.299, 0.114, full=True), 1),
    "BT.2020, 10 bits": (Coding(0.2627, 0.0593, bits=10), 2),
}


@pytest.fixture
def gray():
    y, x = np.mgrid[:HIGH, :WIDE]
    return np.clip(40 + x + 40 * np.sin(y / 9) + 20 * np.cos(x / 5), 16, 235) / 255


def rgb_of(planes, coding):
    """As ITU-R BT.601, 709 and 2020 define it, chroma enlarged."""
    scale = 1 << (coding.bits - 8)
    most = (1 << coding.bits) - 1
    black, span, chroma_span = (0, most, most) if coding.full else (16, 219, 224)
    if not coding.full:
        black, span, chroma_span = black * scale, span * scale, chroma_span * scale
    luma = (planes[0].astype(np.float64) - black) / span
    blue, red = (
        cv2.resize((each - float(128 * scale)) / chroma_span, (WIDE, HIGH)) for each in planes[1:]
    )
    r, b = luma + 2 * (1 - coding.red) * red, luma + 2 * (1 - coding.blue) * blue
    g = (luma - coding.red * r - coding.blue * b) / (1 - coding.red - coding.blue)
    return np.stack([r, g, b], axis=-1)


def colored(gray, coding, part, ab):
    scale = 1 << (coding.bits - 8)
    levels = gray * ((1 << coding.bits) - 1) if coding.full else (16 + 219 * gray) * scale
    kind = np.uint8 if coding.bits == 8 else np.uint16
    luma = np.rint(levels).astype(kind)
    small = luma_lightness(luma, coding, 12, 16)
    out = np.empty_like(luma), *(np.empty((HIGH // part, WIDE // part), kind) for _ in "br")
    merge_planes(luma, coding, small, np.broadcast_to(np.float32(ab), (12, 16, 2)), out)
    return luma, small, out


@pytest.mark.parametrize("name", CODINGS)
def test_a_frame_keeps_its_lightness_and_gets_the_color(gray, name):
    coding, part = CODINGS[name]
    _, small, out = colored(gray, coding, part, [18, -12])
    wanted = small_lightness(np.rint(gray * 65535).astype(np.uint16), 12, 16)
    np.testing.assert_allclose(small, wanted, atol=0.3)
    lab = rgb2lab(np.clip(rgb_of(out, coding), 0, 1))
    own = rgb2lab(np.repeat(gray[..., None], 3, axis=-1))[..., 0]
    assert np.abs(lab[..., 0] - own).mean() < 0.3
    np.testing.assert_allclose(lab[..., 1:].mean(axis=(0, 1)), [18, -12], atol=0.3)


@pytest.mark.parametrize("name", CODINGS)
def test_without_color_luma_stays_as_it_is(gray, name):
    coding, part = CODINGS[name]
    luma, _, out = colored(gray, coding, part, [0, 0])
    np.testing.assert_array_equal(out[0], luma)
    assert {*np.unique(out[1:])} == {128 << (coding.bits - 8)}


def test_colors_that_do_not_fit_lose_chroma_alone(gray):
    coding, part = CODINGS["BT.601, full range, 4:4:4"]
    _, _, out = colored(gray, coding, part, [90, 90])
    rgb = rgb_of(out, coding)
    # Colors are those of means over a few pixels.
    assert rgb.min() > -0.05 and rgb.max() < 1.05
    lab = rgb2lab(np.clip(rgb, 0, 1))
    own = rgb2lab(np.repeat(gray[..., None], 3, axis=-1))[..., 0]
    assert np.abs(lab[..., 0] - own).mean() < 0.3
