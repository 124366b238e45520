"""Which picture belongs to which photo."""

import pytest

from colorizer_tf.evaluation.matching import match


@pytest.mark.parametrize(
    ("photo", "picture"),
    [
        ("a.jpg", "a.jpg"),
        ("a.jpg", "a.png"),
        ("a.JPG", "a.Png"),
        ("sub/a.jpg", "sub/a.webp"),
        ("sub/a.jpg", "sub/a_colorized.png"),
        ("sub/a.jpg", "sub/a.jpg_colorized.png"),
        ("sub/a.jpg", "a.png"),
        ("sub/a.jpg", "other/a_colorised.jpg"),
        ("a.b.jpg", "a.b.png"),
        ("photo-out.jpg", "photo-out.png"),
        ("no ending", "no ending.png"),
    ],
)
def test_finds(photo, picture):
    found = match([photo, "unlike.jpg"], ["unlike.png", picture])
    assert found.of_photo == {0: 1, 1: 0}
    assert found.unmatched == []


def test_the_folder_decides_between_equal_names():
    found = match(["x/a.jpg", "y/a.jpg"], ["y/a.png", "x/a.png"])
    assert found.of_photo == {0: 1, 1: 0}
    found = match(["x/a.jpg", "y/a.jpg"], ["a.png"])
    assert (found.of_photo, found.unmatched) == ({}, ["a.png"])


def test_photos_that_differ_in_their_ending_alone_need_it_in_the_picture():
    found = match(["a.jpg", "a.png"], ["a.jpg_colorized.png", "a.png_colorized.png"])
    assert found.of_photo == {0: 0, 1: 1}
    assert match(["a.jpg", "a.tif"], ["a_colorized.png"]).of_photo == {}


@pytest.mark.parametrize(
    "pictures",
    [
        ["sub/a.png", "sub/a.webp"],
        ["sub/a.jpg", "sub/a_colorized.jpg"],
        ["sub/a.jpg", "sub/a.jpg_colorized.png"],
        ["sub/a.jpg", "sub/a.png"],
        ["sub/a.png", "sub/a_colorized.png"],
        ["a.jpg", "a_colorized.jpg"],
    ],
)
def test_of_two_pictures_that_could_be_it_neither_is_taken(pictures):
    for given in (pictures, pictures[::-1]):
        found = match(["sub/a.jpg", "b.jpg"], [*given, "b.png"])
        assert found.of_photo == {1: 2}
        assert sorted(found.ambiguous[0]) == pictures
        assert found.unmatched == []


def test_the_name_of_another_photo_is_no_second_picture():
    names = ["a.jpg", "a.png", "a_color.jpg", "a-out.tif"]
    assert match(names, names).of_photo == {0: 0, 1: 1, 2: 2, 3: 3}
    found = match(["a.jpg", "a-out.jpg"], ["a.png", "a-out.png"])
    assert (found.of_photo, found.ambiguous) == ({0: 0, 1: 1}, {})


def test_what_belongs_to_nothing_is_listed():
    found = match(["a.jpg", "b.jpg"], ["a.png", "c.png"])
    assert (found.of_photo, found.unmatched) == ({0: 0}, ["c.png"])
