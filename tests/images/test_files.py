"""Image files are read with a limit."""

import os

import pytest

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError

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
