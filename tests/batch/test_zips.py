"""A zip to a zip: names, resuming inside, and archives that mean harm."""

import io
import os
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from PIL import Image

from colorizer_tf.batch.index import INDEX_NAME
from colorizer_tf.batch.options import ColorizeOptions
from tests.batch.painting import Tinter, color, draw, outputs, statuses, tinted


def picture(seed=0):
    """Pixels, and a PNG file of them."""
    pixels = np.random.default_rng(seed).integers(0, 256, (5, 7, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return pixels, file.getvalue()


def make_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name, (2001, 2, 3, 4, 5, 6)), content)
    return path


def read_zip(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def assert_holds(path, expected):
    """The archive holds PNG files of these pixels, colored."""
    found = read_zip(path)
    assert found.keys() == expected.keys()
    for name, pixels in expected.items():
        with Image.open(io.BytesIO(found[name])) as colored:
            np.testing.assert_array_equal(np.asarray(colored), tinted(pixels))


def test_a_zip_becomes_a_zip(tmp_path):
    photos = {name: picture(seed) for seed, name in enumerate(["a.png", "sub/b.png", "c.png"])}
    members = [(name, data) for name, (_, data) in photos.items()]
    others = [("notes.txt", b"x"), ("__MACOSX/._a.png", b"x"), (".hidden.png", b"x")]
    album = make_zip(tmp_path / "album.zip", [*members, *others])
    tinter = Tinter()
    results = color(album, tmp_path / "out", tinter)
    assert statuses(results) == [("a.png", "done"), ("b.png", "done"), ("c.png", "done")]
    assert results[1].source == album / "sub" / "b.png"
    made = tmp_path / "out" / "album_colorized.zip"
    assert results[1].output == made / "sub" / "b_colorized.png"
    assert_holds(
        made, {name.replace(".png", "_colorized.png"): p for name, (p, _) in photos.items()}
    )
    with zipfile.ZipFile(made) as archive:
        assert {i.date_time for i in archive.infolist()} == {(2001, 2, 3, 4, 5, 6)}
        assert {i.compress_type for i in archive.infolist()} == {zipfile.ZIP_STORED}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        INDEX_NAME,
        "album_colorized.zip",
    ]
    again = color(album, tmp_path / "out", tinter)
    assert [result.status for result in again] == ["skipped"] * 3
    os.utime(album, ns=(1, 1))
    assert {result.status for result in color(album, tmp_path / "out", tinter)} == {"skipped"}
    assert tinter.calls == 3


def test_options_reach_into_archives(tmp_path):
    album = make_zip(tmp_path / "album.zip", [("top.png", picture()[1]), ("x/a.png", picture()[1])])
    options = ColorizeOptions(compare=True, format="webp", name_template="{parent}-{name}{ext}")
    color(album, tmp_path / "out", options=options)
    (made,) = outputs(tmp_path / "out")
    assert made == f"{tmp_path.name}-album.zip"
    assert sorted(read_zip(tmp_path / "out" / made)) == [
        "album-top.webp", "album-top_compare.webp", "x/x-a.webp", "x/x-a_compare.webp"
    ]  # fmt: skip


def test_an_archive_is_known_by_its_content(tmp_path):
    album = make_zip(tmp_path / "album.zip", [("a.png", picture()[1])])
    album.rename(tmp_path / "album.cbz")
    color(tmp_path / "album.cbz", tmp_path / "out")
    assert outputs(tmp_path / "out") == ["album_colorized.zip"]


def test_an_archive_and_a_photo_of_one_name_do_not_meet(tmp_path):
    album = make_zip(tmp_path / "a.zip", [("a.png", picture()[1])])
    color([album, draw(tmp_path / "a.png")], tmp_path / "out")
    assert outputs(tmp_path / "out") == ["a_colorized.png", "a_colorized.zip"]


def test_one_bad_photo_is_named_and_only_it_is_tried_again(tmp_path):
    members = [("a.png", picture(1)[1]), ("bad.png", b"no picture"), ("c.png", picture(2)[1])]
    album = make_zip(tmp_path / "album.zip", members)
    tinter, dates = Tinter(), set()
    for expected in ("done", "skipped", "skipped"):
        results = color(album, tmp_path / "out", tinter)
        assert [result.status for result in results] == [expected, "failed", expected]
        assert results[1].reason == "not a picture in a known format"
        made = tmp_path / "out" / "album_colorized.zip"
        assert_holds(made, {"a_colorized.png": picture(1)[0], "c_colorized.png": picture(2)[0]})
        dates.add(made.stat().st_mtime_ns)
    assert (tinter.calls, len(dates)) == (2, 1)


def test_a_photo_that_failed_for_a_while_joins_the_others_later(tmp_path):
    class Moody(Tinter):
        memory_is_short = True

        def colorize(self, pixels, **settings):
            if self.memory_is_short and np.array_equal(pixels, picture(2)[0]):
                raise MemoryError
            return super().colorize(pixels, **settings)

    album = make_zip(tmp_path / "album.zip", [(f"{n}.png", picture(n)[1]) for n in (2, 1, 3)])
    tinter = Moody()
    results = color(album, tmp_path / "out", tinter)
    assert [result.status for result in results] == ["failed", "done", "done"]
    assert results[0].reason == "not enough memory for it"
    tinter.memory_is_short = False
    results = color(album, tmp_path / "out", tinter)
    assert [result.status for result in results] == ["done", "skipped", "skipped"]
    made = tmp_path / "out" / "album_colorized.zip"
    assert_holds(made, {f"{number}_colorized.png": picture(number)[0] for number in (1, 2, 3)})
    assert {result.status for result in color(album, tmp_path / "out")} == {"skipped"}


def test_a_changed_archive_is_done_again(tmp_path):
    album = make_zip(tmp_path / "album.zip", [("a.png", picture(1)[1])])
    color(album, tmp_path / "out")
    make_zip(album, [("a.png", picture(2)[1])])
    color(album, tmp_path / "out")
    assert_holds(tmp_path / "out" / "album_colorized.zip", {"a_colorized.png": picture(2)[0]})


@pytest.mark.parametrize(
    "name",
    ["../a.png", "x/../../a.png", "/etc/a.png", "..\\a.png", "C:\\a.png", "C:a.png", "//x/a.png"],
)
def test_paths_that_lead_elsewhere_are_named_failures(tmp_path, name):
    album = make_zip(tmp_path / "in.zip", [(name, picture()[1]), ("good.png", picture()[1])])
    results = color(album, tmp_path / "deep" / "out")
    assert [(r.status, r.reason) for r in results] == [
        ("failed", "a path that leads out of its archive"), ("done", "")
    ]  # fmt: skip
    assert outputs(tmp_path) == ["deep/out/in_colorized.zip", "in.zip"]
    assert list(read_zip(tmp_path / "deep" / "out" / "in_colorized.zip")) == ["good_colorized.png"]


def test_harmless_odd_names_survive(tmp_path):
    members = [("sub\\win.png", 1), ("./x//b.png", 2), ("new\nline.png", 3), ("é写🎨.png", 4)]
    album = make_zip(tmp_path / "a.zip", [(name, picture(seed)[1]) for name, seed in members])
    with zipfile.ZipFile(album, "a") as archive:
        archive.writestr("l" * 300 + ".png", picture(5)[1])
    color(album, tmp_path / "out")
    assert_holds(
        tmp_path / "out" / "a_colorized.zip",
        {
            "sub/win_colorized.png": picture(1)[0],
            "x/b_colorized.png": picture(2)[0],
            "new\nline_colorized.png": picture(3)[0],
            "é写🎨_colorized.png": picture(4)[0],
            "l" * 300 + "_colorized.png": picture(5)[0],
        },
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_told_apart(tmp_path):
    album = make_zip(tmp_path / "a.zip", [("a.png", picture(1)[1]), ("a.png", picture(2)[1])])
    color(album, tmp_path / "out")
    assert_holds(
        tmp_path / "out" / "a_colorized.zip",
        {"a.png_colorized.png": picture(1)[0], "a.png-2_colorized.png": picture(2)[0]},
    )


def test_encrypted_members_are_named(tmp_path):
    album = make_zip(tmp_path / "a.zip", [("a.png", picture()[1])])
    data = bytearray(album.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    album.write_bytes(data)
    (result,) = color(album, tmp_path / "out")
    assert (result.source.name, result.status, result.reason) == ("a.png", "failed", "encrypted")
    assert outputs(tmp_path / "out") == []


@pytest.mark.parametrize(
    ("method", "megabytes"),
    [(zipfile.ZIP_DEFLATED, 10), (zipfile.ZIP_BZIP2, 250), (zipfile.ZIP_LZMA, 100)],
)
def test_a_bomb_takes_little_memory(tmp_path, method, megabytes):
    album = tmp_path / "bomb.zip"
    with zipfile.ZipFile(album, "w", method) as archive:
        archive.writestr("small.png", bytes(50_000_000))
    data = bytearray(album.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 1000)
    album.write_bytes(data)
    tracemalloc.start()
    (result,) = color(album, tmp_path / "out")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (result.status, result.reason) == (
        "failed", "cannot be read from its archive (BadZipFile)"
    )  # fmt: skip
    assert peak < megabytes * 1e6


def test_a_member_said_to_be_huge_is_refused(tmp_path):
    album = make_zip(tmp_path / "a.zip", [("a.png", picture()[1])])
    data = bytearray(album.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 2**32 - 2)
    album.write_bytes(data)
    (result,) = color(album, tmp_path / "out")
    assert "larger than" in result.reason


@pytest.mark.parametrize("harm", ["cut", "noise", "empty", "no photos"])
def test_a_broken_archive_is_a_named_failure(tmp_path, harm):
    album = make_zip(tmp_path / "a.zip", [("a.txt", b"x" * 1000)])
    data = album.read_bytes()
    broken = {"cut": data[:-30], "noise": b"PK\x03\x04" + b"?" * 500, "empty": b""}
    album.write_bytes(broken.get(harm, data))
    results = color([album, draw(tmp_path / "good.png")], tmp_path / "out")
    assert sorted(statuses(results)) == [("a.zip", "failed"), ("good.png", "done")]
    assert outputs(tmp_path / "out") == ["good_colorized.png"]


def test_members_damaged_in_any_byte_are_never_taken_for_good(tmp_path):
    album = make_zip(tmp_path / "a.zip", [("a.png", picture(1)[1]), ("b.png", picture(2)[1])])
    whole = album.read_bytes()
    expected = {tinted(picture(seed)[0]).tobytes() for seed in (1, 2)}
    rng = np.random.default_rng(0)
    for number in range(60):
        data = bytearray(whole)
        data[rng.integers(len(data))] ^= 1 << rng.integers(8)
        album.write_bytes(data)
        out = tmp_path / f"out{number}"
        for result in color(album, out):
            assert result.status in ("done", "failed")
        for made in out.glob("*.zip"):
            for content in read_zip(made).values():
                with Image.open(io.BytesIO(content)) as colored:
                    assert np.asarray(colored).tobytes() in expected
