"""Files read with a limit and written whole."""

import os

import pytest

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError, ImageError

PHOTO = b"\xff\xd8\xff\xe0 and so on"


def test_read_file_gives_reasons(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(PHOTO)
    assert images.read_file(tmp_path / "photo.jpg") == PHOTO
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    cases = {
        "none.jpg": "no such file",
        "pipe.jpg": "not a regular file",
        ".": "not a regular file",
    }
    for name, reason in {**cases, "loop.jpg": "symbolic links"}.items():
        with pytest.raises(ImageError, match=reason or None) as caught:
            images.read_file(tmp_path / name)
        assert str(tmp_path) not in str(caught.value)
    with pytest.raises(ImageError, match="larger than 10 bytes"):
        images.read_file(tmp_path / "photo.jpg", limit=10)


def test_writes_replace_whole_files(tmp_path):
    target = tmp_path / ("x" * 250)
    images.write_atomic(target, b"one")
    images.write_atomic(target, b"two")
    assert target.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [target]


def test_failed_writes_leave_nothing_and_say_why(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "full").touch()
    with pytest.raises(ColorizerError, match="cannot write"):
        images.write_atomic(tmp_path / "folder", b"data")
    with pytest.raises(ColorizerError, match="No such file"):
        images.write_atomic(tmp_path / "none" / "file", b"data")
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]
