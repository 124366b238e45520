"""Lists of paths, in the encodings that programs write."""

import codecs
import io

import pytest

from colorizer_tf.base.errors import UsageError
from colorizer_tf.records.sources.lists import read_paths


@pytest.mark.parametrize(
    ("text", "null", "paths"),
    [
        (b"a.png\nsub/b c.png\r\n\nlast.png", False, ["a.png", "sub/b c.png", "last.png"]),
        (b"\xef\xbb\xbfa.png\n", False, ["a.png"]),
        (b"new\nline.png\0a.png\0", True, ["new\nline.png", "a.png"]),
        (b"\xff.png\n", False, ["\udcff.png"]),
        (b"", False, []),
        ("a.png\r\nÄ/写真.png\r\n".encode("utf-16"), False, ["a.png", "Ä/写真.png"]),
        (codecs.BOM_UTF16_BE + "b.png\n".encode("utf-16-be"), False, ["b.png"]),
        ("c.png\n🎨.png".encode("utf-32"), False, ["c.png", "🎨.png"]),
        ("new\nline.png\0".encode("utf-16"), True, ["new\nline.png"]),
        (("x" * 40_000 + "\ny").encode("utf-16"), False, ["x" * 40_000, "y"]),
    ],
)
def test_lists_are_read(text, null, paths):
    assert list(read_paths(io.BytesIO(text), null=null)) == paths


def test_a_list_of_no_paths_is_refused():
    wrong = [b"x" * 2**18, b"a.png\0b.png\0", "a.png\n".encode("utf-16-le")]
    for text in (*wrong, codecs.BOM_UTF16_LE + b"odd", codecs.BOM_UTF32_LE + b"\xff" * 8):
        with pytest.raises(UsageError, match="one path a line"):
            list(read_paths(io.BytesIO(text)))
