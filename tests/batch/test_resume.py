"""What is done already, by the index beside the outputs, and what is done again."""

import json
import os

import numpy as np
import pytest
from PIL import Image

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.locks import alone_in
from colorizer_tf.batch.index import INDEX_NAME
from colorizer_tf.batch.options import ColorizeOptions
from tests.batch.painting import Tinter, assert_tinted, color, draw, outputs


@pytest.fixture
def photo(tmp_path):
    return draw(tmp_path / "in" / "a.png")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def status(*arguments, **settings):
    (result,) = color(*arguments, **settings)
    return result.status


def test_what_is_done_is_skipped_until_something_counts(photo, out):
    tinter = Tinter()
    assert status(photo, out, tinter) == "done"
    assert status(photo, out, tinter) == "skipped"
    assert status(photo.parent, out, tinter) == "skipped"
    assert tinter.calls == 1
    assert status(photo, out, Tinter("another model")) == "done"
    assert status(photo, out, Tinter("another model")) == "skipped"
    for options in (
        ColorizeOptions(strength=0.5),
        ColorizeOptions(format="jpeg"),
        ColorizeOptions(format="jpeg", quality=50),
        ColorizeOptions(compare=True),
        ColorizeOptions(name_template="{name}-2{ext}"),
    ):
        assert status(photo, out, options=options) == "done"
        assert status(photo, out, options=options) == "skipped"
    assert status(photo, out, tinter, overwrite=True) == "done"
    assert tinter.calls == 2


def test_a_comparison_nobody_asks_for_now_is_no_reason_to_do_it_again(photo, out):
    assert status(photo, out, options=ColorizeOptions(compare=True)) == "done"
    assert status(photo, out) == "skipped"
    (out / "a_compare.png").unlink()
    assert status(photo, out) == "skipped"
    assert status(photo, out, options=ColorizeOptions(compare=True)) == "done"


def test_a_changed_photo_is_done_again(photo, out):
    assert status(photo, out) == "done"
    draw(photo, 1)
    assert status(photo, out) == "done"
    assert_tinted(photo, out / "a_colorized.png")
    date = photo.stat().st_mtime_ns
    draw(photo, 2, size=(20, 20))
    os.utime(photo, ns=(date, date))
    assert status(photo, out) == "done"
    assert_tinted(photo, out / "a_colorized.png")


@pytest.mark.parametrize("how", ["in place", "another file"])
def test_a_change_that_keeps_size_and_date_is_seen(photo, out, tmp_path, how):
    past = 10**18
    os.utime(photo, ns=(past, past))
    assert status(photo, out) == "done"
    size = photo.stat().st_size
    other = photo if how == "in place" else tmp_path / "other.png"
    content = bytearray(photo.read_bytes())
    with Image.open(photo) as image:
        pixels = np.asarray(image)
    Image.fromarray(pixels[::-1]).save(tmp_path / "turned.png")
    content[:] = (tmp_path / "turned.png").read_bytes().ljust(size, b"\0")[:size]
    other.write_bytes(content)
    os.utime(other, ns=(past, past))
    other.replace(photo)
    assert (photo.stat().st_size, photo.stat().st_mtime_ns) == (size, past)
    assert status(photo, out) != "skipped"


def test_what_is_replaced_is_said(photo, out):
    def note(*arguments, **settings):
        return color(photo, out, *arguments, **settings)[0].note.partition("; ")[0]

    Image.new("L", (9, 7)).save(photo)
    assert note() == ""
    assert note(Tinter("another model")).startswith("replaced the result of another model")
    weak = ColorizeOptions(strength=0.5)
    assert note(Tinter("another model"), options=weak) == "replaced the result of other settings"
    Image.new("L", (9, 8)).save(photo)
    assert note(Tinter("another model"), options=weak) == ""
    (out / INDEX_NAME).unlink()
    assert note(overwrite=True) == "replaced a file that no earlier run wrote"


def test_skipped_photos_say_why(photo, out):
    color(photo, out)
    (result,) = color(photo, out)
    assert (result.status, result.reason) == ("skipped", "done already")


@pytest.mark.parametrize(
    ("pixels", "in_color"),
    [
        (np.full((40, 40), 90, np.uint8), False),
        (np.full((40, 40, 3), (112, 66, 20), np.uint8), False),
        (np.random.default_rng(0).integers(0, 256, (4, 4, 3), np.uint8).repeat(20, 0), True),
    ],
    ids=["gray", "sepia", "color"],
)
def test_photos_in_color_are_noted(photo, out, pixels, in_color):
    Image.fromarray(pixels).save(photo)
    assert (color(photo, out)[0].note == "already in color, recolored") is in_color


def test_a_photo_with_nothing_but_a_new_date_is_skipped(photo, out):
    tinter = Tinter()
    assert status(photo, out, tinter) == "done"
    os.utime(photo, ns=(1, 1))
    assert status(photo, out, tinter) == "skipped"
    content = photo.read_bytes()
    photo.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(photo, ns=(2, 2))
    assert status(photo, out, tinter) != "skipped"


@pytest.mark.parametrize("harm", ["gone", "cut"])
def test_an_output_that_is_gone_or_changed_is_made_again(photo, out, harm):
    assert status(photo, out) == "done"
    made = out / "a_colorized.png"
    whole = made.read_bytes()
    made.unlink() if harm == "gone" else made.write_bytes(whole[:-10])
    assert status(photo, out) == "done"
    assert made.read_bytes() == whole


def test_a_failed_photo_is_tried_again(tmp_path, out):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    assert status(bad, out) == "failed"
    assert outputs(out) == []
    draw(bad)
    assert status(bad, out) == "done"


def test_photos_and_outputs_can_move_together(photo, out, tmp_path):
    assert status(photo, out) == "done"
    (tmp_path / "in").rename(tmp_path / "there-in")
    (tmp_path / "there").mkdir()
    out.rename(tmp_path / "there" / "out")
    (tmp_path / "there-in").rename(tmp_path / "there" / "in")
    assert status(tmp_path / "there" / "in", tmp_path / "there" / "out") == "skipped"


def test_an_index_that_a_kill_tore_is_mended(photo, out, tmp_path):
    more = draw(tmp_path / "in" / "b.png", 1)
    color([photo, more], out)
    index = out / INDEX_NAME
    whole = index.read_bytes()
    for cut in range(1, len(whole.splitlines(keepends=True)[-1]) + 20, 7):
        index.write_bytes(whole[:-cut])
        results = color([photo, more], out)
        assert {result.status for result in results} <= {"done", "skipped"}
        for line in index.read_bytes().splitlines():
            json.loads(line)
        assert {result.status for result in color([photo, more], out)} == {"skipped"}


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe",
        b"[]",
        b'{"finished": 7}',
        b'{"finished": {"slot": "a_colorized.*"}}',
        b'{"claim": {"slot": 1, "input": [], "name": {}}}',
        b'{"format_version": "x"}',
        b'{"claim": {"slot": "\\ud800", "input": "a", "name": "a"}}',
        b'{"claim": {"slot": "a", "input": "\\u0000", "name": "a"}}',
        b"[" * 100_000,
        b"x" * 3_000_000,
    ],
    ids=lambda line: line[:20].decode("latin-1"),
)
def test_lines_that_are_none_of_ours_do_no_harm(photo, out, line):
    assert status(photo, out) == "done"
    with (out / INDEX_NAME).open("ab") as file:
        file.write(line + b"\n")
    assert status(photo, out) == "skipped"


def test_an_index_of_a_newer_version_is_refused(photo, out):
    out.mkdir()
    (out / INDEX_NAME).write_text('{"format_version": 2}\n')
    with pytest.raises(ColorizerError, match="pip install --upgrade"):
        color(photo, out)


def test_without_an_index_nothing_is_overwritten(photo, out):
    assert status(photo, out) == "done"
    (out / INDEX_NAME).unlink()
    assert status(photo, out) == "failed"
    assert status(photo, out, overwrite=True) == "done"
    assert status(photo, out) == "skipped"


def test_two_runs_do_not_write_to_one_folder(photo, out):
    with alone_in(out), pytest.raises(ColorizerError, match="another colorizer-tf is writing"):
        color(photo, out)
    assert status(photo, out) == "done"


def test_a_folder_that_cannot_be_written_to_is_an_error(photo, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ColorizerError, match="choose another --out"):
        color(photo, tmp_path / "file" / "out")


def test_the_index_names_any_bytes(tmp_path, out):
    photo = draw(tmp_path / os.fsdecode(b"\xff\n\xe9.png"))
    assert status(photo, out) == "done"
    text = (out / INDEX_NAME).read_text("ascii")
    claims = [json.loads(line).get("claim") for line in text.splitlines()]
    assert os.fsencode(claims[1]["input"]) == b"../\xff\n\xe9.png"
