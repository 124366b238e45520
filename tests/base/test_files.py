"""Files are written whole or not at all."""

import pytest

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.files import remove_parts, write_atomic


def test_writes_replace_whole_files(tmp_path):
    target = tmp_path / ("x" * 250)
    write_atomic(target, b"one")
    write_atomic(target, b"two")
    assert target.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [target]


def test_failed_writes_leave_nothing_and_say_why(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "full").touch()
    with pytest.raises(ColorizerError, match="cannot write"):
        write_atomic(tmp_path / "folder", b"data")
    with pytest.raises(ColorizerError, match="No such file"):
        write_atomic(tmp_path / "none" / "file", b"data")
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]


def test_what_a_kill_leaves_is_removed_and_nothing_else(tmp_path):
    for name in (".0123456789abcdef.part", "movie.part", ".0123456789abcdef.partly"):
        (tmp_path / name).touch()
    (tmp_path / ".fedcba9876543210.part").mkdir()
    remove_parts(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".0123456789abcdef.partly", ".fedcba9876543210.part", "movie.part"
    ]  # fmt: skip
