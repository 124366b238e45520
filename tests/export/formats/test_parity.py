"""The comparison of formats: against scikit-image's CIEDE2000, and what must not pass."""

import numpy as np
import pytest
import skimage.color

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.export.formats.parity import Parity, Written, table


def constant(a, b):
    def run(lightness, _):
        return {"ab": np.broadcast_to(np.float32([a, b]), (*lightness.shape[:3], 2))}

    return run


def written(tmp_path, predict, tolerance=50.0, side=None):
    file = tmp_path / "model.bin"
    file.write_bytes(b"x" * 1234)
    return Written("some format", file.name, (file,), lambda: predict, tolerance, side)


@pytest.fixture
def parity():
    # sRGB 0.4, 0.5 and 0.6: all of these ab are inside of sRGB there.
    photos = [np.full((9, 14), round(65535 * level), np.uint16) for level in (0.4, 0.5, 0.6)]
    return Parity(constant(10, 20), photos, {"size": 8, "stride": 1, "ab_stride": 2})


@pytest.mark.parametrize("side", [None, 6])
def test_the_mean_is_scikit_image_s(parity, tmp_path, side):
    entry = parity.measure(written(tmp_path, constant(14, 8), side=side))
    levels = [skimage.color.rgb2lab(np.full((1, 1, 3), v))[0, 0, 0] for v in (0.4, 0.5, 0.6)]
    expected = [skimage.color.deltaE_ciede2000([v, 10, 20], [v, 14, 8]) for v in levels]
    assert entry["delta_e_mean"] == pytest.approx(np.mean(expected), abs=0.02)
    assert entry["delta_e_max"] == pytest.approx(np.max(expected), abs=0.02)
    assert (entry["name"], entry["bytes"], entry["tolerance"]) == ("some format", 1234, 50.0)
    assert entry["load_ms"] >= 0
    assert entry["latency_ms"] > 0


def test_formats_of_one_size_get_that_size(parity, tmp_path):
    shapes = set()

    def predict(lightness, request):
        shapes.add(lightness.shape)
        return constant(10, 20)(lightness, request)

    assert parity.measure(written(tmp_path, predict, 0.001, side=6))["delta_e_mean"] == 0
    assert shapes == {(1, 6, 6, 1)}


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ((14, 8), r"expected at most 0\.5"),
        ((np.nan, 20), "not finite"),
        ((10, np.inf), "not finite"),
    ],
)
def test_over_the_tolerance_is_an_error(parity, tmp_path, wrong, problem):
    with pytest.raises(ColorizerError, match=f"some format.*{problem}"):
        parity.measure(written(tmp_path, constant(*wrong), tolerance=0.5))


def test_the_table_shows_each_entry(parity, tmp_path):
    entry = parity.measure(written(tmp_path, constant(10, 20)))
    heads, row, caption = table([entry], "3 photos").splitlines()
    assert heads.split()[0] == "format"
    assert row.startswith("some format")
    assert len(heads) == len(row)
    assert caption == "compared on 3 photos"
