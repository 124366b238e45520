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


def test_two_pictures_of_one_photo_are_ambiguous_unless_one_has_its_very_name():
    found = match(["a.jpg"], ["a.png", "a.webp"])
    assert (found.of_photo, found.ambiguous) == ({}, {0: ["a.png", "a.webp"]})
    assert match(["a.jpg"], ["a.png", "a.jpg"]).of_photo == {0: 1}
    assert match(["a.jpg"], ["a_colorized.png", "a.png"]).of_photo == {0: 1}


def test_what_belongs_to_nothing_is_listed():
    found = match(["a.jpg", "b.jpg"], ["a.png", "c.png"])
    assert (found.of_photo, found.unmatched) == ({0: 0}, ["c.png"])
