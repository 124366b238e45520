"""TIFF files of several pages: colored page by page, checked by tifffile and libvips."""

import io

import numpy as np
import pytest
import pyvips
import tifffile

from colorizer_tf.batch.options import ColorizeOptions
from tests.batch.page_files import scene
from tests.batch.painting import Tinter, color, tinted

DEEP = scene(1, 30, 60).astype(np.uint16) * 257


def album(path, order="<", *, big=False, reduced=True):
    """Pages of 8 and 16 bits and RGB, of their own sizes and resolutions; a thumbnail; a mask."""
    with tifffile.TiffWriter(path, byteorder=order, bigtiff=big) as file:
        settings = {"metadata": None}
        file.write(scene(0, 40, 50), resolution=(300, 300), description="the first", **settings)
        if reduced:
            file.write(scene(0, 8, 10), subfiletype=1, **settings)
            file.write(scene(0, 40, 50) > 99, subfiletype=4, **settings)
        file.write(DEEP, resolution=(600, 600), compression="zlib", rowsperstrip=7, **settings)
        rgb = np.dstack([scene(2), scene(3), scene(4)])
        file.write(rgb, photometric="rgb", compression="lzw", tile=(16, 32), **settings)
    return path


@pytest.mark.parametrize(("order", "big"), [("<", False), (">", False), (">", True)])
def test_each_page_keeps_size_depth_and_tags(tmp_path, order, big):
    source = album(tmp_path / "album.tif", order, big=big)
    (result,) = color(source, tmp_path / "out")
    assert (result.status, result.height, result.width) == ("done", 40, 50)
    assert "passed by: 1 reduced-size page; kept as it was: 1 mask" in result.note
    assert "already in color" in result.note
    with tifffile.TiffFile(source) as before, tifffile.TiffFile(result.output) as after:
        first, _, mask, deep, rgb = before.pages
        assert len(after.pages) == 4
        for old, new in zip((first, mask, deep, rgb), after.pages, strict=True):
            assert new.tags.valueof("XResolution") == old.tags.valueof("XResolution")
            expected = old.asarray() if old is mask else tinted(old.asarray())
            np.testing.assert_array_equal(new.asarray(), expected)
        assert after.pages[2].dtype == np.uint16
        assert after.pages[1].subfiletype == 4
        assert after.pages[0].description == "the first"
        assert "neural network (model tint)" in after.pages[2].description
    # Read by another library too, each page of it.
    shown = pyvips.Image.new_from_file(str(result.output), page=2, fail_on="warning")
    assert (shown.width, shown.height, shown.bands, shown.format) == (60, 30, 3, "ushort")
    assert shown.get("icc-profile-data")


def test_pages_that_are_not_named_stay_as_they_are(tmp_path):
    source = album(tmp_path / "album.tif", reduced=False)
    options = ColorizeOptions(pages="2")
    (result,) = color(source, tmp_path / "out", options=options)
    with tifffile.TiffFile(source) as before, tifffile.TiffFile(result.output) as after:
        assert len(after.pages) == 3
        for number, (old, new) in enumerate(zip(before.pages, after.pages, strict=True)):
            expected = tinted(old.asarray()) if number == 1 else old.asarray()
            np.testing.assert_array_equal(new.asarray(), expected)
            assert number == 1 or new.compression == old.compression
    (again,) = color(source, tmp_path / "out", options=options)
    assert again.status == "skipped"
    (all_pages,) = color(source, tmp_path / "out")
    assert all_pages.status == "done"
    assert "replaced the result of other settings" in all_pages.note


def test_one_page_may_become_a_picture_of_another_format(tmp_path):
    source = album(tmp_path / "album.tif", reduced=False)
    (refused,) = color(source, tmp_path / "out", options=ColorizeOptions(format="png"))
    assert refused.reason.startswith("png holds one picture, and it has 3 pages: --format same")
    (result,) = color(source, tmp_path / "out", options=ColorizeOptions(format="png", pages="2"))
    shown = pyvips.Image.new_from_file(str(result.output))
    np.testing.assert_array_equal(shown.numpy(), tinted(DEEP))
    (beyond,) = color(source, tmp_path / "out", options=ColorizeOptions(pages="4-"))
    assert beyond.reason == "--pages 4-: it has 3 pages"


def test_comparisons_have_the_same_pages(tmp_path):
    source = album(tmp_path / "album.tif")
    (result,) = color(source, tmp_path / "out", options=ColorizeOptions(compare=True))
    with tifffile.TiffFile(result.output.with_name("album_compare.tif")) as pairs:
        shapes = [page.shape[:2] for page in pairs.pages]
    assert shapes == [(40, 100), (30, 120), (60, 160)]


def test_a_broken_page_is_named_and_nothing_is_written(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for seed in range(3):
            file.write(scene(seed), compression="zlib", metadata=None)
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        start = file.pages[1].dataoffsets[0]
    content = bytearray((tmp_path / "a.tif").read_bytes())
    content[start : start + 40] = bytes(40)
    (tmp_path / "a.tif").write_bytes(content)
    (result,) = color(tmp_path / "a.tif", tmp_path / "out")
    assert result.status == "failed"
    assert result.reason.startswith("page 2: broken picture")
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".colorizer-tf.jsonl"]


def test_a_loop_of_pages_ends(tmp_path):
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as file:
        for seed in range(2):
            file.write(scene(seed), metadata=None)
    content = bytearray(buffer.getvalue())
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        first, last = file.pages[0].offset, file.pages[1].offset
        link = last + 2 + 12 * len(file.pages[1].tags)
    content[link : link + 4] = first.to_bytes(4, "little")
    (tmp_path / "a.tif").write_bytes(content)
    (result,) = color(tmp_path / "a.tif", tmp_path / "out")
    with tifffile.TiffFile(result.output) as file:
        assert len(file.pages) == 2


def test_pages_are_colored_one_at_a_time(tmp_path):
    class Watching(Tinter):
        def colorize(self, pixels, **settings):
            parts = list((tmp_path / "out").glob(".*.part"))
            assert len(parts) == 1
            sizes.append(parts[0].stat().st_size)
            return super().colorize(pixels, **settings)

    noise = np.random.default_rng(0).integers(0, 255, (200, 300), np.uint8)
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for _ in range(4):
            file.write(noise, metadata=None)
    sizes = []
    color(tmp_path / "a.tif", tmp_path / "out", Watching())
    # Nothing waits in memory: a page is on its way to the disk before the next is colored.
    assert sizes[1] > 50_000
    assert sizes[3] > 2 * sizes[1]
