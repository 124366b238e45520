"""Which photos are found: trees, links, odd names, patterns and lists."""

import io
import os
import sys

import pytest

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.batch.finding import find, find_photos, read_list
from colorizer_tf.batch.index import INDEX_NAME
from colorizer_tf.batch.options import ColorizeOptions
from tests.batch.painting import color, draw, outputs, statuses


def test_a_tree_is_mirrored(tmp_path):
    for name in ("a.png", "sub/b.PNG", "sub/deep er/c.bmp"):
        draw(tmp_path / "in" / name)
    (tmp_path / "in" / "notes.txt").write_text("no photo")
    results = color(tmp_path / "in", tmp_path / "out")
    assert statuses(results) == [("a.png", "done"), ("b.PNG", "done"), ("c.bmp", "done")]
    assert outputs(tmp_path / "out") == [
        "a_colorized.png", "sub/b_colorized.png", "sub/deep er/c_colorized.png"
    ]  # fmt: skip


def names(found):
    return [each.name for each in found]


def test_hidden_files_and_folders_are_passed_by_unless_named(tmp_path):
    hidden = [draw(tmp_path / name) for name in ("._a.png", ".thumbs/b.png")]
    draw(tmp_path / "c.png")
    assert names(find_photos([tmp_path], tmp_path / "out")) == ["c.png"]
    assert names(find_photos(hidden, tmp_path / "out")) == ["._a.png", "b.png"]


def test_links_to_folders_are_followed_once_and_loops_end(tmp_path):
    draw(tmp_path / "in" / "z" / "a.png")
    draw(tmp_path / "elsewhere" / "b.png")
    (tmp_path / "in" / "albums").symlink_to(tmp_path / "elsewhere")
    for number in range(5):
        (tmp_path / "in" / f"loop{number}").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "z" / "again").symlink_to(tmp_path / "in" / "z")
    (tmp_path / "in" / "itself").symlink_to("itself")
    found = find_photos([tmp_path / "in"], tmp_path / "out")
    assert [(each.name, each.folder) for each in found] == [("a.png", "z"), ("b.png", "albums")]


def test_a_photo_named_twice_is_done_once(tmp_path):
    photo = draw(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.png").symlink_to(photo)
    assert names(find_photos([photo, tmp_path / "in", photo], tmp_path / "out")) == ["a.png"]


def test_odd_names_survive(tmp_path):
    for name in (b"new\nline.png", b"not \xff utf8.png", "Ünïcödé 写真 🎨.png".encode(), b"-.png"):
        draw(tmp_path / "in" / os.fsdecode(name))
    results = color(tmp_path / "in", tmp_path / "out")
    assert {result.status for result in results} == {"done"}
    assert {os.fsencode(name) for name in outputs(tmp_path / "out")} == {
        b"new\nline_colorized.png",
        b"not \xff utf8_colorized.png",
        "Ünïcödé 写真 🎨_colorized.png".encode(),
        b"-_colorized.png",
    }
    again = color(tmp_path / "in", tmp_path / "out")
    assert {result.status for result in again} == {"skipped"}


def test_what_leads_nowhere_is_a_named_failure(tmp_path):
    (tmp_path / "dangling.png").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.png")
    photos = [tmp_path / "missing.png", "", tmp_path / "*.gif", tmp_path]
    reasons = {str(r.source): r.reason for r in color(photos, tmp_path / "out")}
    assert reasons == {
        str(tmp_path / "missing.png"): "no such file or folder",
        ".": "an empty path",
        str(tmp_path / "*.gif"): "nothing matches this pattern",
        str(tmp_path / "dangling.png"): "no such file or directory",
        str(tmp_path / "pipe.png"): "not a regular file",
    }


def test_a_folder_that_cannot_be_read_is_named_and_the_rest_done(tmp_path, monkeypatch):
    draw(tmp_path / "in" / "a.png")
    draw(tmp_path / "in" / "locked" / "b.png")
    scandir = os.scandir

    def refusing(path):
        if os.fspath(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    results = color(tmp_path / "in", tmp_path / "out")
    assert [(r.source.name, r.status, r.reason) for r in results] == [
        ("a.png", "done", ""),
        ("locked", "failed", "permission denied"),
    ]


def test_patterns_keep_the_path_below_their_fixed_part(tmp_path):
    for name in ("x/a.png", "y/a.png", "y/deep/a.png", "y/b.jpg", ".hidden/a.png"):
        draw(tmp_path / "in" / name)
    (tmp_path / "in" / "y" / "loop").symlink_to(tmp_path / "in")
    found = find_photos([tmp_path / "in" / "**" / "*.png"], tmp_path / "out")
    assert [(each.name, each.folder) for each in found] == [
        ("a.png", "x"), ("a.png", "y"), ("a.png", "y/deep")
    ]  # fmt: skip
    folders = find_photos([str(tmp_path / "in" / "[xy]")], tmp_path / "out")
    assert [each.folder for each in folders] == ["x", "y", "y", "y/deep"]


def test_a_file_with_a_pattern_s_signs_in_its_name_is_that_file(tmp_path):
    photo = draw(tmp_path / "a[1].png")
    draw(tmp_path / "a1.png")
    assert names(find_photos([photo], tmp_path / "out")) == ["a[1].png"]


def test_listed_paths_keep_their_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("old/1950/a.png", "old/1951/a.png", "up/a.png"):
        draw(tmp_path / name)
    text = f"old/1950/a.png\n./old/1951\n{tmp_path}/up/a.png\n../nowhere.png\n".encode()
    results = color(list(read_list(io.BytesIO(text))), tmp_path / "out")
    below = str(tmp_path).strip("/")
    assert outputs(tmp_path / "out") == sorted(
        ["old/1950/a_colorized.png", "old/1951/a_colorized.png", f"{below}/up/a_colorized.png"]
    )
    assert statuses(results)[-1] == ("nowhere.png", "failed")


def test_outputs_of_earlier_runs_are_no_photos(tmp_path):
    draw(tmp_path / "a.png")
    for out in (tmp_path, tmp_path / "out", tmp_path / "second"):
        color(tmp_path, out, options=ColorizeOptions(compare=True))
        everything = [tmp_path, *sorted(tmp_path.glob("*.png"))]
        assert names(find_photos(everything, tmp_path / "third")) == ["a.png"]
        assert names(find_photos([tmp_path], out)) == ["a.png"]


def test_a_folder_with_a_newer_or_unreadable_index_is_refused(tmp_path):
    draw(tmp_path / "in" / "album" / "a.png")
    index = tmp_path / "in" / "album" / INDEX_NAME
    index.write_text('{"format_version": 99}\n')
    for out in (tmp_path / "out", tmp_path / "in" / "album"):
        with pytest.raises(ColorizerError, match="pip install --upgrade"):
            find_photos([tmp_path / "in"], out)
    index.unlink()
    index.mkdir()
    with pytest.raises(ColorizerError, match=r"cannot read .*Is a directory"):
        find_photos([tmp_path / "in"], tmp_path / "out")


def test_files_that_are_not_read_are_counted(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    for name in ("a.png", "b.CR2", "sub/c.dng", "sub/d.mp4", "notes.txt", ".hidden.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    findings = find([tmp_path], tmp_path / "out")
    assert names(findings.photos) == ["a.png"]
    assert findings.passed_by == {"camera raw files": 2, "films": 1, "text files": 1}


def test_a_path_with_a_nul_is_a_named_failure(tmp_path):
    (found,) = find_photos(["a\0b.png"], tmp_path)
    assert found.problem == "a path with a NUL in it"
