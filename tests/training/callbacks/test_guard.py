"""The guard: which figures are which event, and what a run does after one."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import colorizer_tf.training.run_data
from colorizer_tf import ColorizerError, TrainConfig, train_model
from colorizer_tf.models.guard import find_events, score_photos
from colorizer_tf.training.callbacks import events_of
from colorizer_tf.training.run_folder import RunFolder

HEALTHY = {
    "val_hue_diversity": 0.3,
    "true_hue_diversity": 0.4,
    "val_colorfulness": 30.0,
    "true_colorfulness": 40.0,
    "val_real_accuracy": 0.7,
    "val_fake_accuracy": 0.8,
    "val_delta_e": 11.0,
    "gray_delta_e": 12.0,
}


@pytest.mark.parametrize(
    ("changes", "events"),
    [
        ({}, []),
        ({"val_hue_diversity": 0.05}, ["collapse"]),
        ({"val_colorfulness": 5.0}, ["collapse"]),
        ({"val_colorfulness": 70.0}, ["over_saturation"]),
        ({"val_real_accuracy": 0.99, "val_fake_accuracy": 0.99}, ["discriminator_won"]),
        ({"val_real_accuracy": 1.0, "val_fake_accuracy": 0.6}, []),
        ({"val_delta_e": float("nan")}, ["not_finite"]),
        ({"val_hue_diversity": 0.0, "val_colorfulness": 90.0}, ["collapse", "over_saturation"]),
    ],
)
def test_figures_become_events(changes, events):
    assert find_events(HEALTHY | changes, TrainConfig(model="gan", epochs=3)) == events


def test_the_score_prefers_neither_the_dull_nor_the_wrong():
    color = {"val_colorfulness": 40.0, "val_hue_diversity": 0.4}
    truth = score_photos(HEALTHY | color | {"val_delta_e": 0.0})
    good = score_photos(HEALTHY)
    dull = score_photos(
        HEALTHY | {"val_delta_e": 10.5, "val_colorfulness": 8.0, "val_hue_diversity": 0.1}
    )
    gray = score_photos(
        HEALTHY | {"val_delta_e": 12.0, "val_colorfulness": 0.0, "val_hue_diversity": 0.0}
    )
    wrong = score_photos(HEALTHY | color | {"val_delta_e": 16.0})
    assert truth == 0 < good < min(dull, wrong)
    assert dull < gray == 2


def test_a_single_photo_has_no_spread_of_hues_to_compare_with():
    one = HEALTHY | {"true_hue_diversity": 0.0, "val_hue_diversity": 0.0}
    limits = TrainConfig(model="gan", epochs=3)
    assert find_events(one, limits) == []
    assert find_events(one | {"val_colorfulness": 1.0}, limits) == ["collapse"]
    gray = one | {"true_colorfulness": 0.0, "gray_delta_e": 0.0, "val_delta_e": 0.0}
    assert score_photos(gray) == 0


@pytest.fixture
def config(tiny_config):
    return dataclasses.replace(
        tiny_config,
        model="gan",
        widths=(8,),
        loss="mae",
        discriminator_widths=(8,),
        epochs=5,
        generator_epochs=1,
        discriminator_epochs=0,
        deterministic=False,
        # No run of 12 steps is as colorful as the truth: an event in each adversarial epoch.
        collapse_below=0.9,
    )


@pytest.mark.slow
def test_stop_names_the_event_everywhere_and_keeps_the_best(config, tmp_path, caplog):
    run = tmp_path / "run"
    with pytest.raises(ColorizerError, match=r"epoch 2: collapse.*best\.keras.*rollback"):
        train_model(config, run, verbose=0)
    history = RunFolder(run).read_history()
    assert [events_of(row) for row in history] == [[], ["collapse"]]
    assert RunFolder(run).best_row()["epoch"] == 1
    assert "epoch 2: collapse" in caplog.text
    accumulator = EventAccumulator(str(run / "tensorboard" / "train"), {"tensors": 0})
    accumulator.Reload()
    flags = [tf.make_ndarray(e.tensor_proto) for e in accumulator.Tensors("event_collapse")]
    assert flags == [0, 1]
    (text,) = accumulator.Tensors("events")
    assert tf.make_ndarray(text.tensor_proto).item() == b"epoch 2: collapse"


def test_rollback_goes_on_from_the_last_good_weights_with_half_the_weight(config, tmp_path):
    run = tmp_path / "run"
    config = dataclasses.replace(config, on_collapse="rollback", epochs=9)
    with pytest.raises(ColorizerError, match=r"epoch 7: collapse.*after 5 rollbacks"):
        train_model(config, run, verbose=0)
    weights = [row["adversarial_weight"] for row in RunFolder(run).read_history()]
    assert weights == [1.0, *(0.5**n for n in range(6))]
    # No epoch after the first was a good one: that is where the run has come back to.
    good, last = (keras.saving.load_model(run / f"{name}.keras") for name in ("good", "last"))
    for ours, theirs in zip(good.generator.weights, last.generator.weights, strict=True):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
    assert float(last.adversarial_weight.numpy()) == 1 / 32


@pytest.mark.slow
def test_rollback_after_a_loss_that_is_not_finite(config, tmp_path, monkeypatch):
    plain = colorizer_tf.training.run_data.load_records

    def poisoned(request):
        dataset = plain(request)
        if request.split != "train" or request.first_step or request.epochs.start:
            return dataset
        nan = lambda i, x, y: (x, tf.where(i == 4, np.nan, 1.0) * y)  # noqa: E731
        return dataset.enumerate().map(lambda i, xy: nan(i, *xy))

    monkeypatch.setattr(colorizer_tf.training.run_data, "load_records", poisoned)
    # One fit of all epochs, so that the poison comes in its middle.
    config = dataclasses.replace(
        config, on_collapse="rollback", collapse_below=0.0, generator_epochs=0, epochs=3
    )
    history = train_model(config, tmp_path / "run", verbose=0)
    assert [events_of(row) for row in history] == [[], ["not_finite"], []]
    assert all(np.isfinite(list(row.values())).all() for row in history)
    assert history[-1]["adversarial_weight"] == 0.5
