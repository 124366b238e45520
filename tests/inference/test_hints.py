"""Hints: colors as PIL and scikit-image read them, places, files, and what spreads how far."""

import json

import numpy as np
import pytest
import skimage.color
from PIL import Image, ImageColor

from colorizer_tf import Colorizer, Hint
from colorizer_tf.base.errors import UsageError
from colorizer_tf.cli.main import main
from colorizer_tf.inference.hints import HintBook
from tests.batch.painting import draw


@pytest.fixture(scope="module")
def shipped():
    return Colorizer("cnn", runtime="onnx", threads=1)


def flat(level, rng, shape=(150, 200)):
    return np.clip(level + rng.normal(0, 3, shape), 0, 255).astype(np.uint8)


def object_on_ground(rng, level, ground):
    """A disc on a ground of another lightness, and the disc's mask."""
    y, x = np.mgrid[:150, :200]
    inside = (x - 100) ** 2 + (y - 75) ** 2 < 40**2
    return flat(np.where(inside, level, float(ground)), rng), inside, np.hypot(x - 100, y - 75)


def lab(rgb):
    return skimage.color.rgb2lab(rgb)


def differences(one, two):
    return skimage.color.deltaE_ciede2000(lab(one), lab(two))


@pytest.mark.parametrize(
    "color", ["#a01818", "skyblue", "#fff", "rgb(20, 90, 200)", "lab(50 -20 30)"]
)
def test_a_hint_s_own_pixel_has_its_color(shipped, rng, color):
    photo = flat(128, rng)
    colored = shipped.colorize(photo, hints=[Hint(60, 40, color)])
    asked = [50, -20, 30] if "lab" in color else lab(np.array(ImageColor.getrgb(color)) / 255)
    found = lab(colored)[40, 60]
    # The photo's own lightness, and as much of the color as it can have.
    assert abs(found[0] - lab(np.repeat(photo[40, 60], 3))[0]) < 0.5
    reachable = skimage.color.lab2rgb([found[0], *asked[1:]])
    assert skimage.color.deltaE_ciede2000(found, lab(reachable)) < 2


@pytest.mark.parametrize(("level", "ground"), [(180, 80), (60, 140), (100, 130)])
def test_a_hint_fills_its_object_and_stops_at_the_edge(shipped, rng, level, ground):
    photo, inside, distance = object_on_ground(rng, level, ground)
    plain = shipped.colorize(photo)
    moved = differences(plain, shipped.colorize(photo, hints=[Hint("50%", "50%", "#a01818")]))
    assert np.percentile(moved[inside & (distance < 36)], 5) > 8
    assert moved[distance > 46].mean() < 0.06 * moved[inside].mean()


@pytest.mark.parametrize("right", [130, 160])
def test_a_hint_stays_in_its_half(shipped, rng, right):
    photo = flat(np.where(np.arange(200) < 100, 100, right) * np.ones((150, 1)), rng)
    plain = shipped.colorize(photo)
    moved = differences(plain, shipped.colorize(photo, hints=[Hint(50, 75, "#a01818")]))
    assert moved[:, 104:].mean() < 0.05 * moved[:, :96].mean()


@pytest.mark.parametrize("line", [30, 220])
def test_a_hint_stays_within_an_outline(shipped, rng, line):
    y, x = np.mgrid[:150, :200]
    distance = np.hypot(x - 100, y - 75)
    photo = flat(np.where(np.abs(distance - 45) < 2, line, 110), rng)
    plain = shipped.colorize(photo)
    moved = differences(plain, shipped.colorize(photo, hints=[Hint(100, 75, "#a01818")]))
    assert moved[distance > 52].mean() < 0.06 * moved[distance < 38].mean()


def test_what_is_kept_stays(shipped, rng):
    photo = flat(128, rng)
    plain = shipped.colorize(photo)
    hint = Hint(60, 75, "#2040c0")
    beside = differences(plain, shipped.colorize(photo, hints=[hint]))[75, 120]
    kept = shipped.colorize(photo, hints=[hint, Hint(120, 75)])
    assert differences(plain, kept)[75, 120] < 1 < beside
    assert differences(plain, kept)[75, 60] > 10


def test_a_radius_makes_a_spot(shipped, rng):
    photo = flat(128, rng, (300, 400))
    hints = [Hint(100, 100, "gray", 40), Hint(160, 100, "#c02020")]
    colored = lab(shipped.colorize(photo, hints=hints))
    y, x = np.mgrid[:300, :400]
    spot = np.hypot(x - 100, y - 100) < 30
    assert np.hypot(*np.moveaxis(colored[spot][:, 1:], -1, 0)).mean() < 5


def test_no_hint_changes_nothing(shipped, rng):
    photo = flat(128, rng)
    np.testing.assert_array_equal(shipped.colorize(photo, hints=[]), shipped.colorize(photo))


def test_hints_hold_at_any_strength_and_on_models_of_ab(saved_model, rng):
    photo = flat(128, rng)
    hints = [Hint(60, 40, "#804040")]
    colored = Colorizer(saved_model).colorize(photo, hints=hints, strength=0.2)
    assert abs(lab(colored)[40, 60][1] - lab(np.array([0x80, 0x40, 0x40]) / 255)[1]) < 2


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        ("10,20", "X,Y=COLOR"),
        ("10=red", "X,Y=COLOR"),
        ("a,20=red", "420 or 35%"),
        ("10,20=rad", "CSS name"),
        ("10,20=#12345678", "transparency"),
        ("10,20=lab(300 0 0)", "0 to 100"),
        ("10,20,-1=red", "0 or more"),
        ("nan,20=red", "420 or 35%"),
    ],
)
def test_wrong_hints_say_what_is_expected(hint, expected, capsys):
    assert main(["colorize", "photo.jpg", "--hint", hint]) == 2
    said = capsys.readouterr().err
    assert hint in said
    assert expected in said


def test_outside_of_the_photo(shipped, rng):
    with pytest.raises(UsageError, match=r"outside of the photo of 200 x 150 pixels"):
        shipped.colorize(flat(128, rng), hints=[Hint(200, 20, "red")])


def test_files_of_hints_go_by_patterns(tmp_path):
    document = {"roll3_*.jpg": [{"x": 1, "y": 2, "color": "red"}], "b.png": [{"x": "5%", "y": 0}]}
    path = tmp_path / "hints.json"
    path.write_text(json.dumps({"format_version": 1, "photos": document}))
    book = HintBook.read(path)
    assert book.of("scans/roll3_07.jpg") == (Hint(1, 2, "red"),)
    assert book.of("b.png") == (Hint("5%", 0),)
    assert book.of("c.png") == ()
    table = tmp_path / "hints.csv"
    table.write_text(
        "photo,x,y,color,radius\nroll3_*.jpg,1,2,red,\nscans/*.png,5%,0,lab(1 2 3),4\n"
    )
    book = HintBook.read(table)
    assert book.of("roll3_1.jpg") == (Hint("1", "2", "red"),)
    assert book.of("in/scans/c.png") == (Hint("5%", "0", "lab(1 2 3)", "4"),)
    assert book.of("c.png") == ()


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"photos": {}}', '{"format_version": 1, "photos": {"a": [{"x": 1}]}}', "[" * 9999,
     '{"format_version": 1, "photos": {"a": [{"x": 1, "y": 1, "color": 3}]}}', "\0"],
)  # fmt: skip
def test_files_of_other_content_are_refused(tmp_path, content):
    for name in ("a.json", "a.csv"):
        path = tmp_path / name
        path.write_text(content)
        with pytest.raises(UsageError, match="expected"):
            HintBook.read(path)


def test_the_command_line_gives_the_same_as_python(saved_model, tmp_path, capsys):
    photo, out, report = tmp_path / "a.png", tmp_path / "out", tmp_path / "report.json"
    draw(photo, 1, size=(31, 20))
    draw(tmp_path / "b.png", 2, size=(31, 20))
    hints = tmp_path / "hints.csv"
    hints.write_text("photo,x,y,color\na.png,5,6,#ffff00\n")
    command = ["colorize", "--model", str(saved_model), "--out", str(out), "--report", str(report)]
    command += [str(photo), str(tmp_path / "b.png"), "--hints", str(hints), "--keep", "20,10"]
    assert main(command) == 0
    model = Colorizer(saved_model)
    for name, given in (("a", [Hint("5", "6", "#ffff00")]), ("b", [])):
        with Image.open(out / f"{name}_colorized.png") as colored:
            assert b"a person gave" in (out / f"{name}_colorized.png").read_bytes()
            source = tmp_path / f"{name}.png"
            expected = model.colorize(source, hints=[Hint("20", "10"), *given])
            np.testing.assert_array_equal(np.asarray(colored), expected)
    files = {entry["source"]: entry for entry in json.loads(report.read_text())["files"]}
    assert files[str(photo)]["colors_given"] == "hint=20,10=keep hint=5,6=#ffff00"
    capsys.readouterr()
    assert main(command) == 0
    assert capsys.readouterr().out.startswith("0 colorized, 2 skipped")
    hints.write_text("photo,x,y,color\na.png,5,6,#00ff00\n")
    assert main(command) == 0
    assert capsys.readouterr().out.startswith("1 colorized, 1 skipped")


def test_hints_without_a_photo_are_named(saved_model, tmp_path, capsys):
    draw(tmp_path / "a.png", 1, size=(31, 20))
    hints, names = tmp_path / "hints.csv", ("a.png", "b.png", "roll3_*.png", "scans/a.png")
    rows = "".join(f"{name},5,6,#ffff00\n" for name in names)
    hints.write_text("photo,x,y,color\n" + rows)
    command = ["colorize", "--model", str(saved_model), "--out", str(tmp_path / "out")]
    assert main([*command, str(tmp_path / "a.png"), "--hints", str(hints)]) == 0
    assert "no photo fits b.png, roll3_*.png, scans/a.png\n" in capsys.readouterr().err
    book = HintBook.read(hints)
    assert book.idle([]) == list(names)
    assert book.idle(["in/scans/a.png", "b.png", "roll3_1.png"]) == []


def test_films_take_no_hints(saved_model, tmp_path, capsys):
    draw(tmp_path / "a.png", 1, size=(31, 20))
    (tmp_path / "b.mp4").write_bytes(b"no film")
    command = ["colorize", "--model", str(saved_model), "--out", str(tmp_path / "out")]
    command += ["--palette", "red", str(tmp_path / "b.mp4")]
    assert main(command) == 2
    assert "--palette and --reference are for photos" in capsys.readouterr().err
    assert main([*command, str(tmp_path / "a.png")]) == 1
    assert f"without them {tmp_path / 'b.mp4'} is colored" in capsys.readouterr().err
