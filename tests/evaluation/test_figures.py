"""Figures and their intervals, on rows whose answers are known."""

import numpy as np
import pytest
import scipy.stats

from colorizer_tf.evaluation import bootstrap
from colorizer_tf.evaluation.columns import COLUMNS
from colorizer_tf.evaluation.figures import EntryScores
from colorizer_tf.evaluation.frechet import AB_CELLS


def test_the_interval_is_scipy_s_bootstrap_s(rng):
    values = rng.gamma(2, 3, 80)
    found = bootstrap.figure(bootstrap.means(values[:, None], 4000, 0)[:, 0])
    expected = scipy.stats.bootstrap(
        (values,), np.mean, n_resamples=4000, method="percentile", rng=1
    ).confidence_interval
    assert found.value == pytest.approx(values.mean())
    spread = expected.high - expected.low
    assert found.low == pytest.approx(expected.low, abs=0.08 * spread)
    assert found.high == pytest.approx(expected.high, abs=0.08 * spread)


def test_about_95_of_100_intervals_hold_the_true_mean(rng):
    held = 0
    for seed in range(200):
        found = bootstrap.figure(bootstrap.means(rng.normal(5, 2, (60, 1)), 400, seed)[:, 0])
        held += found.low <= 5 <= found.high
    assert 180 <= held <= 198


def test_photos_without_a_value_do_not_count():
    columns = np.array([[1.0, np.nan], [3.0, np.nan], [np.nan, np.nan]])
    found = bootstrap.means(columns, 50, 0)
    assert found[0, 0] == 2
    assert np.isnan(found[:, 1]).all()
    assert np.nanmin(found[:, 0]) >= 1
    assert np.isnan(bootstrap.figure(found[:, 1]).low)


def rows(photos=60, **columns):
    table = np.zeros((photos, len(COLUMNS)))
    for name, values in columns.items():
        table[:, COLUMNS.index(name)] = values
    return table


@pytest.fixture
def scores(rng):
    """Four entries over 60 photos of very different difficulty."""
    hard = rng.gamma(2, 5, 60)
    hue = rng.uniform(0, 2 * np.pi, 60)
    table = {
        "gray": rows(delta_e=hard + 2),
        "model": rows(
            delta_e=hard + 1 + rng.normal(0, 0.2, 60),
            colorfulness=10,
            psnr=30,
            mean_a=10,
            mean_b=0,
        ),
        "twin": rows(delta_e=hard + 1 + rng.normal(0, 0.2, 60), psnr=29),
        "worse": rows(delta_e=hard + np.where(np.arange(60) < 45, 3, 1)),
        "truth": rows(colorfulness=40, mean_a=10 * np.cos(hue), mean_b=10 * np.sin(hue)),
    }
    cells = {name: rng.dirichlet(np.ones(AB_CELLS**2), 60) for name in table}
    cells["twin"] = cells["truth"].copy()
    return EntryScores(table, cells, 500, 0)


def test_better_than_gray_is_the_share_of_photos(scores):
    assert scores.figures("worse")["better_than_gray"].value == 0.25
    assert scores.figures("model")["better_than_gray"].value == 1
    assert np.isnan(scores.figures("gray")["better_than_gray"].value)


def test_colorfulness_is_set_beside_the_photos_own(scores):
    figures = scores.figures("model")
    assert figures["colorfulness_ratio"].value == 0.25
    assert figures["colorfulness_difference"].value == -30


def test_hue_diversity_tells_one_lean_from_many(scores):
    assert scores.figures("model")["hue_diversity"].value == pytest.approx(0)
    assert scores.figures("truth")["hue_diversity"].value > 0.8
    assert np.isnan(scores.figures("gray")["hue_diversity"].value)


def test_truth_has_only_figures_of_its_own(scores):
    assert set(scores.figures("truth")) == {
        "chroma", "colorfulness", "colorfulness_absolute", "hue_diversity"
    }  # fmt: skip


def test_pairs_say_better_only_where_the_interval_leaves_out_zero(scores):
    pairs = {(p.one, p.two, p.measure): p for p in scores.pairs(["gray", "model", "twin", "worse"])}
    assert pairs["gray", "model", "delta_e"].verdict == "worse"
    assert pairs["model", "worse", "delta_e"].verdict == "better"
    assert pairs["model", "twin", "delta_e"].verdict == "no difference shown"
    # A higher PSNR is better, a lower CIEDE2000.
    assert pairs["model", "twin", "psnr"].verdict == "better"
    # Photos differ by 7 from each other and entries by 1: only pairs can show it.
    difference = pairs["gray", "model", "delta_e"].difference
    assert difference.high - difference.low < 0.3
    own = scores.figures("gray")["delta_e"]
    assert own.high - own.low > 1


@pytest.mark.parametrize(
    ("photos", "resamples", "verdict"),
    [
        (1, 1000, "too few photos to tell"),
        (9, 1000, "too few photos to tell"),
        (10, 99, "too few resamples to tell"),
        (10, 100, "better"),
    ],
)
def test_few_photos_or_resamples_give_no_verdict(photos, resamples, verdict):
    table = {"model": rows(photos, delta_e=1), "gray": rows(photos, delta_e=5)}
    cells = {name: np.ones((photos, AB_CELLS**2)) for name in table}
    (pair,) = (
        pair
        for pair in EntryScores(table, cells, resamples, 0).pairs(["model", "gray"])
        if pair.measure == "delta_e"
    )
    assert (pair.verdict, pair.difference.value, pair.difference.high) == (verdict, -4, -4)


def test_frechet_distance_is_zero_for_the_photos_own_colors(scores):
    found = scores.frechet_ab()
    assert found["twin"].value == pytest.approx(0, abs=1e-4)
    assert found["model"].low <= found["model"].value <= found["model"].high
    assert found["model"].value > 1


def test_the_same_seed_gives_the_same_figures(scores):
    again = EntryScores(scores.rows, scores.cells, 500, 0)
    other = EntryScores(scores.rows, scores.cells, 500, 1)
    assert str(again.figures("model")) == str(scores.figures("model"))
    assert other.figures("model")["delta_e"].low != scores.figures("model")["delta_e"].low
