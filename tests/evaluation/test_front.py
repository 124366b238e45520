"""Fronts: models compared where they are equally colorful, on curves whose answers are known."""

import numpy as np
import pytest

from colorizer_tf.evaluation.front import LEVELS, Reference, Samples, Setting, Sweep, fronts
from colorizer_tf.evaluation.model_entry import Model
from colorizer_tf.evaluation.protocol import prepared
from colorizer_tf.export.options import ExportOptions
from colorizer_tf.export.saved_model import export_network
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.networks import conditioner, denoiser, unet

PHOTOS = 40
STRENGTHS = (0.5, 1.0, 1.5)


@pytest.fixture
def reference(rng):
    cells = rng.dirichlet(np.ones(100), PHOTOS)
    ones = np.ones(PHOTOS)
    return Reference(20 * ones, 22 * ones, 40 * ones, cells)


def samples(reference, error, temperatures=(None,), spread=0.0):
    """Colorfulness 40 x strength x 0.6; CIEDE2000 = error(temperature, strength), PSNR 24."""
    settings = [Setting(s, t) for t in temperatures for s in STRENGTHS]
    rows = [[error(s.temperature, s.strength), 24.0, 24 * s.strength] for s in settings]
    values = np.repeat(np.array(rows)[None], PHOTOS, axis=0)
    values[..., 0] += spread * np.linspace(-1, 1, PHOTOS)[:, None]
    cells = np.repeat(reference.true_cells[:, None], len(settings), axis=1)
    return Samples(settings, values, cells)


def test_points_are_over_gray_and_over_the_truth(reference):
    ((front,), _) = fronts(reference, {"one": samples(reference, lambda _, s: 10 + 4 * s)}, 200, 0)
    found = front.points[2]
    value = {name: figure.value for name, figure in found.figures.items()}
    assert found.setting == Setting(1.5, None)
    assert value["delta_e_over_gray"] == pytest.approx(16 / 20)
    assert value["colorfulness_ratio"] == pytest.approx(36 / 40)
    assert value["psnr_over_gray"] == pytest.approx(2)
    assert value["better_than_gray"] == 1
    assert value["frechet_ab"] == pytest.approx(0, abs=1e-3)


def test_in_between_the_curve_is_linear(reference):
    ((front,), _) = fronts(reference, {"one": samples(reference, lambda _, s: 10 + 4 * s)}, 200, 0)
    assert [level.colorfulness for level in front.levels] == list(LEVELS)
    for level in front.levels:
        strength = level.colorfulness / 0.6
        assert level.setting.strength == pytest.approx(strength)
        found = level.figures["delta_e_over_gray"].value
        assert found == pytest.approx((10 + 4 * strength) / 20)


def test_beyond_the_strengths_nothing_is_said(reference):
    pale = samples(reference, lambda _, s: s)
    pale.values[..., 2] /= 2  # reaches 0.45 at most
    (front, _), pairs = fronts(
        reference, {"pale": pale, "one": samples(reference, lambda _, s: s)}, 200, 0
    )
    assert all(np.isnan(level.figures["delta_e_over_gray"].value) for level in front.levels)
    assert not any(level.lowest for level in front.levels)
    assert all(np.isnan(pair.difference.value) for pair in pairs)


def test_the_best_temperature_stands_for_the_model(reference):
    def error(temperature, strength):
        # The cooler one is better where colors are weak, the warmer where they are strong.
        return 10 + strength if temperature == 0.2 else 13 - 2.5 * strength + strength

    one = samples(reference, error, (0.2, 0.6))
    two = samples(reference, lambda _, s: 12 + s)
    (front, _), pairs = fronts(reference, {"one": one, "two": two}, 200, 0)
    lowest = {
        level.colorfulness: level.setting.temperature for level in front.levels if level.lowest
    }
    assert lowest == {0.5: 0.2, 0.65: 0.2, 0.75: 0.6}
    values = {pair.colorfulness: pair.difference.value for pair in pairs}
    assert values == {
        0.5: pytest.approx(-0.1),
        0.65: pytest.approx(-0.1),
        0.75: pytest.approx((13 - 2.5 * 1.25 - 12) / 20),
    }


def test_intervals_of_pairs_are_of_differences(reference):
    """Photos differ by 10 from each other and models by 0.4: only pairs can show it."""
    models = {
        "one": samples(reference, lambda _, s: 12 + s, spread=10),
        "two": samples(reference, lambda _, s: 12.4 + s, spread=10),
    }
    found, pairs = fronts(reference, models, 300, 0)
    own = found[0].levels[0].figures["delta_e_over_gray"]
    assert own.low < own.value - 0.05
    assert own.value + 0.05 < own.high
    assert all(pair.difference.low == pytest.approx(-0.02) for pair in pairs)


def test_each_temperature_gives_colorize_s_picture(class_folder, rng):
    photo = prepared("x", rng.integers(0, 256, (40, 50, 3), np.uint8))
    model, colorizer = Model("classes", class_folder), Colorizer(class_folder)
    settings = model.settings(Sweep((1.0, 1.5), (0.2, 0.9)))
    assert settings == [Setting(1, 0.2), Setting(1.5, 0.2), Setting(1, 0.9), Setting(1.5, 0.9)]
    pictures = list(model.pictures(photo, [Setting(), *settings, Setting()]))
    np.testing.assert_array_equal(pictures[0], colorizer.colorize(photo.gray))
    np.testing.assert_array_equal(pictures[-1], pictures[0])
    for setting, picture in zip(settings, pictures[1:-1], strict=True):
        expected = colorizer.colorize(
            photo.gray, strength=setting.strength, temperature=setting.temperature
        )
        np.testing.assert_array_equal(picture, expected)
        assert (picture != pictures[0]).any()


def test_a_model_without_a_distribution_keeps_its_own_temperature(saved_model):
    settings = Model("wild", saved_model).settings(Sweep((1.0, 2.0), (0.2, 0.9)))
    assert settings == [Setting(1.0, None), Setting(2.0, None)]


def test_a_model_s_pictures_are_colorize_s(saved_model, rng):
    photo = prepared("x", rng.integers(0, 256, (40, 50, 3), np.uint8))
    settings = [Setting(strength) for strength in (0.6, 1.0, 1.7)]
    colorizer = Colorizer(saved_model)
    for setting, picture in zip(
        settings, Model("wild", saved_model).pictures(photo, settings), strict=True
    ):
        expected = colorizer.colorize(photo.gray, strength=setting.strength)
        np.testing.assert_array_equal(picture, expected)


def test_a_model_that_draws_has_the_photo_s_number_as_its_seed(tmp_path, rng):
    network = unet((8, 16), head="classes", ab_stride=2, norm="none")
    drawing = denoiser(conditioner(network).output["features"].shape[-1], (8,))
    options = ExportOptions(formats=("savedmodel",))
    folder = export_network(
        network, 8, tmp_path / "m", size=32, ab_stride=2, options=options, denoiser=drawing
    )
    photo, model = prepared("x", rng.integers(0, 256, (40, 50, 3), np.uint8)), Model("m", folder)
    pictures = [model.picture(index, photo) for index in (0, 7)]
    assert (pictures[0] != pictures[1]).any()
    np.testing.assert_array_equal(pictures[1], Colorizer(folder, seed=7).colorize(photo.gray))
