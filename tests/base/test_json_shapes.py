"""JSON from files that may be damaged."""

import pytest

from colorizer_tf.base.json_shapes import is_count, is_number, matches, parse_json


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[" * 100_000, "{}".encode("utf-16")])
def test_what_is_no_json_is_one_kind_of_error(text):
    with pytest.raises(ValueError):
        parse_json(text)


@pytest.mark.parametrize(
    ("value", "shape", "fits"),
    [
        (1, int, True),
        (True, int, False),
        ({"a": 1, "b": 2}, {"a": int}, True),
        ({"b": 2}, {"a": int}, False),
        ([], [int], True),
        ([1, "a"], [int], False),
        ([1, "a"], (int, str), True),
        ([1], (int, str), False),
        ([{"a": [1.5]}], [{"a": (is_number,)}], True),
        (2**53, is_count, False),
        (-1, is_count, False),
        (float("inf"), is_number, False),
        (None, is_number, False),
    ],
)
def test_shapes(value, shape, fits):
    assert matches(value, shape) is fits
