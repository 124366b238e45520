"""Names of outputs: formats, templates, and photos that would meet in one output."""

import os
import time

import numpy as np
import pytest
from PIL import Image

from colorizer_tf.base.errors import UsageError
from colorizer_tf.batch.index import Entries
from colorizer_tf.batch.naming import Namer, NamingInput
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.template import Template
from tests.batch.painting import Tinter, assert_tinted, color, draw, outputs


def named(results):
    return {result.source.name: result.output.name for result in results}


def test_photos_that_would_meet_are_told_apart(tmp_path):
    folder = tmp_path / "in"
    for seed, name in enumerate(["a.png", "a.bmp", "A.gif", "a.png.png", "b.png"]):
        draw(folder / name, seed)
    results = color(folder, tmp_path / "out")
    assert named(results) == {
        "A.gif": "A.gif_colorized.png",
        "a.bmp": "a.bmp_colorized.png",
        "a.png": "a.png_colorized.png",
        "a.png.png": "a.png.png_colorized.png",
        "b.png": "b_colorized.png",
    }
    for result in results:
        if result.source.suffix != ".gif":
            assert_tinted(result.source, result.output)


def test_photos_of_one_name_are_numbered(tmp_path):
    photos = [draw(tmp_path / str(number) / "a.png", number) for number in range(1, 5)]
    results = color(photos, tmp_path / "out")
    assert [result.output.name for result in results] == [
        "a.png_colorized.png", "a.png-2_colorized.png", "a.png-3_colorized.png",
        "a.png-4_colorized.png",
    ]  # fmt: skip
    for result in results:
        assert_tinted(result.source, result.output)


def test_the_content_decides_the_format_and_the_ending(tmp_path):
    draw(tmp_path / "photo.png").rename(tmp_path / "photo.jpg")
    (result,) = color(tmp_path / "photo.jpg", tmp_path / "out")
    assert result.output.name == "photo_colorized.png"
    assert format_of(result.output) == "PNG"


def format_of(path):
    with Image.open(path) as image:
        return image.format


@pytest.mark.parametrize(
    ("wanted", "ending", "format_name"),
    [
        ("jpeg", ".jpg", "JPEG"),
        ("png", ".png", "PNG"),
        ("webp", ".webp", "WEBP"),
        ("tiff", ".tif", "TIFF"),
    ],
)
def test_another_format_is_written_where_asked(tmp_path, wanted, ending, format_name):
    options = ColorizeOptions(format=wanted)
    (result,) = color(draw(tmp_path / "a.bmp"), tmp_path / "out", options=options)
    assert result.output.name == f"a_colorized{ending}"
    assert format_of(result.output) == format_name


def test_quality_makes_files_larger(tmp_path):
    photo = draw(tmp_path / "a.jpg", size=(200, 200))
    sizes = [
        color(photo, tmp_path / str(quality), options=ColorizeOptions(quality=quality))[0].size
        for quality in (20, 60, 95)
    ]
    assert sizes == sorted(sizes)
    assert sizes[2] > 2 * sizes[0]


def test_template(tmp_path):
    photo = draw(tmp_path / "grand parents" / "a.b.png")
    options = ColorizeOptions(name_template="{parent} - {name} by {model}{ext}", compare=True)
    color(photo, tmp_path / "out", options=options)
    assert outputs(tmp_path / "out") == [
        "grand parents - a.b by tint.png", "grand parents - a.b by tint_compare.png"
    ]  # fmt: skip


def test_names_carry_settings(tmp_path):
    options = ColorizeOptions(name_template="{name} {model} {size} {strength} q{quality}{ext}")
    assert named(color(draw(tmp_path / "a.png"), tmp_path / "out", options=options)) == {
        "a.png": "a tint 64 1.0 q92.png"
    }
    template = "{name}-{strength}{ext}"
    made = [
        color(
            tmp_path / "a.png",
            tmp_path / "both",
            options=ColorizeOptions(name_template=template, strength=strength),
        )[0]
        for strength in (0.5, 1.0)
    ]
    assert [result.note for result in made] == ["already in color, recolored"] * 2
    assert outputs(tmp_path / "both") == ["a-0.5.png", "a-1.0.png"]


def test_long_names_are_shortened_and_told_apart(tmp_path):
    folder = tmp_path / "in"
    long = ["n" * 251, "n" * 246 + "other", "é" * 125, "写" * 83]
    for seed, name in enumerate(long):
        draw(folder / f"{name}.png", seed)
    options = ColorizeOptions(compare=True)
    results = color(folder, tmp_path / "out", options=options)
    assert {result.status for result in results} == {"done"}
    made = outputs(tmp_path / "out")
    assert len(made) == 8
    for name in made:
        assert len(os.fsencode(name)) <= 255
        assert name.startswith(("n" * 200, "é" * 100, "写" * 70))
    for result in results:
        assert_tinted(result.source, result.output)
    assert {r.status for r in color(folder, tmp_path / "out", options=options)} == {"skipped"}


def test_a_model_s_name_cannot_lead_elsewhere(tmp_path):
    tinter = Tinter()
    tinter.name = "evil/../..\0"
    options = ColorizeOptions(name_template="{model}{name}{ext}")
    color(draw(tmp_path / "a.png"), tmp_path / "out" / "deep", tinter, options=options)
    assert outputs(tmp_path / "out" / "deep") == ["evil_.._.._a.png"]


@pytest.mark.parametrize(
    "template",
    [
        "color{ext}",
        "{name}",
        "{name}.png",
        "{name}{ext}.bak",
        "{name}{ext}{ext}",
        "{who}{name}{ext}",
        "{name!r}{ext}",
        "{name:>5}{ext}",
        "{name.__class__}{ext}",
        "{name[0]}{ext}",
        "{}{name}{ext}",
        "{name{ext}",
        "sub/{name}{ext}",
        "..\\{name}{ext}",
        "{name}\n{ext}",
        "{name}:{ext}",
    ],
)
def test_a_wrong_template_is_refused_before_work_starts(tmp_path, template):
    options = ColorizeOptions(name_template=template)
    with pytest.raises(UsageError, match="--name-template: received"):
        color(draw(tmp_path / "a.png"), tmp_path / "out", options=options)
    assert outputs(tmp_path / "out") == []


@pytest.mark.parametrize("template", ["{name}{ext}", "{name}_colorized{ext}"])
def test_no_photo_is_ever_overwritten(tmp_path, template):
    photos = [
        draw(tmp_path / name, seed)
        for seed, name in enumerate(["a.png", "a_colorized.png", "A_COLORIZED.tif"])
    ]
    (tmp_path / "link").symlink_to(tmp_path)
    before = [photo.read_bytes() for photo in photos]
    options = ColorizeOptions(name_template=template)
    for out in (tmp_path, tmp_path / "link"):
        for overwrite in (False, True):
            results = color(photos, out, options=options, overwrite=overwrite)
            assert {result.status for result in results} <= {"done", "skipped"}
            assert [photo.read_bytes() for photo in photos] == before
            for result in results:
                assert result.output.read_bytes() not in before


def test_letter_case_tells_no_output_from_a_photo(tmp_path):
    photos = [draw(tmp_path / "a.png", 1), draw(tmp_path / "A_COLORIZED.PNG", 2)]
    assert named(color(photos, tmp_path))["a.png"] == "a.png_colorized.png"


def test_a_file_that_no_run_made_is_replaced_only_if_asked(tmp_path):
    photo = draw(tmp_path / "a.png")
    (tmp_path / "out").mkdir()
    theirs = tmp_path / "out" / "a_colorized.png"
    theirs.write_text("mine")
    (result,) = color(photo, tmp_path / "out")
    assert (result.status, theirs.read_text()) == ("failed", "mine")
    assert "--overwrite" in result.reason
    (result,) = color(photo, tmp_path / "out", overwrite=True)
    assert (result.status, result.output) == ("done", theirs)
    assert_tinted(photo, theirs)


def test_a_second_run_leaves_the_first_one_s_outputs_and_names_stay(tmp_path):
    first, second = draw(tmp_path / "x" / "a.png", 1), draw(tmp_path / "y" / "a.png", 2)
    out = tmp_path / "out"
    assert named(color(first, out)) == {"a.png": "a_colorized.png"}
    assert named(color(second, out)) == {"a.png": "a.png_colorized.png"}
    both = color([second, first], out)
    assert [(r.status, r.output.name) for r in both] == [
        ("skipped", "a.png_colorized.png"), ("skipped", "a_colorized.png")
    ]  # fmt: skip
    assert_tinted(first, out / "a_colorized.png")
    assert_tinted(second, out / "a.png_colorized.png")


def test_compare_shows_the_gray_photo_beside_the_colored(tmp_path):
    gray = np.random.default_rng(0).integers(0, 256, (9, 13), np.uint8)
    Image.fromarray(gray).save(tmp_path / "a.png")
    options = ColorizeOptions(compare=True)
    (result,) = color(tmp_path / "a.png", tmp_path / "out", options=options)
    pair = np.asarray(Image.open(tmp_path / "out" / "a_compare.png"))
    assert pair.shape == (9, 26, 3)
    np.testing.assert_array_equal(pair[:, :13], np.repeat(gray[..., None], 3, axis=-1))
    np.testing.assert_array_equal(pair[:, 13:], np.asarray(Image.open(result.output)))


def test_thousands_of_one_name_are_named_in_no_time(tmp_path):
    namer = Namer(tmp_path, Entries(), Template("{name}{ext}", {}), ColorizeOptions(compare=True))
    start = time.perf_counter()
    places = namer.places([NamingInput(str(n), "a.png", "", "") for n in range(20_000)], ())
    assert time.perf_counter() - start < 10
    assert len({slot for place in places for slot in place.slots}) == 40_000
