"""Every entry of MODELS through the same properties; a new model joins by one line of CASES."""

import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import colorizer_tf.training.fitting
from colorizer_tf import TrainConfig, export_run, train_model
from colorizer_tf.models.registry import MODELS, build_model, model_class
from colorizer_tf.training.callbacks import Guard
from colorizer_tf.training.checkpoint import read_progress, save_checkpoint

# Settings that make the model small, and the training log that must fall.
CASES = {
    "cnn": ({"loss": "mse"}, "loss"),
    "diffusion": ({"loss": "classes", "denoiser_widths": (8, 16)}, "velocity_loss"),
    "gan": ({"loss": "mae", "discriminator_widths": (8,), "epochs": 3}, "reconstruction_loss"),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    changes, falling = CASES[request.param]
    settings = {"widths": (8,), "batch_size": 8, "epochs": 2, "warmup": 0.0, "ema": 0.0, **changes}
    return TrainConfig(model=request.param, **settings), falling


@pytest.fixture
def run_config(case, record_set):
    """A run of two or three epochs of 3 steps; of a GAN each epoch is another stage."""
    return dataclasses.replace(
        case[0],
        size=32,
        records=str(record_set),
        steps_per_epoch=3,
        pictures=0,
        shuffle_buffer=16,
        on_collapse="ignore",
    )


def photos(stride):
    """Eight pictures of an odd number of strides a side."""
    rng = np.random.default_rng(0)
    lightness = rng.uniform(-1, 1, (8, 3, 5, 1)).astype("float32").repeat(stride, 1)
    lightness = lightness.repeat(stride, 2)
    return lightness, np.concatenate([0.2 * lightness, 0.3 + 0.1 * lightness], -1)


def build(config, steps=100):
    keras.utils.set_random_seed(0)
    return build_model(config, steps)


def state_of(model):
    """All that a run goes on from: weights of all networks, and all optimizers' variables."""
    optimizers = [each for each in vars(model).values() if hasattr(each, "apply_gradients")]
    assert optimizers
    return [np.asarray(v) for each in (model, *optimizers) for v in each.variables]


def assert_equal(ours, theirs, **tolerance):
    assert len(ours) == len(theirs) > 10
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, **tolerance)


def test_every_model_is_here():
    assert set(CASES) == set(MODELS)


@pytest.fixture(scope="module")
def learned(case):
    """A model after 40 steps, and their logs. Its tests may train it on: they compare with it."""
    model = build(dataclasses.replace(case[0], learning_rate=1e-2, ema=0.9))
    settings = {"batch_size": 8, "epochs": 40, "verbose": 0, "shuffle": False}
    return model, model.fit(*photos(model.stride), **settings).history


def test_learns_eight_photos(learned, case):
    values = learned[1][case[1]]
    assert values[-1] < 0.3 * values[0]


def test_odd_sizes_that_the_stride_divides(learned):
    model = learned[0]
    pictures = photos(model.stride)
    height, width = pictures[0].shape[1:3]
    assert model.predict_ab(50 + 50 * pictures[0]).shape == (8, height, width, 2)
    found = model.evaluate(*pictures, verbose=0, return_dict=True)
    assert np.isfinite(list(found.values())).all()


def test_saves_and_loads_networks_and_optimizers(learned, tmp_path):
    model, _ = learned
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert_equal(state_of(model), state_of(loaded), atol=0)
    assert (loaded.stride, loaded.ab_stride) == (model.stride, model.ab_stride)
    pictures = photos(model.stride)
    ours, theirs = (each.fit(*pictures, batch_size=8, verbose=0) for each in (model, loaded))
    for name, values in ours.history.items():
        np.testing.assert_allclose(values, theirs.history[name], rtol=1e-4, err_msg=name)


# Both cast alike, and float16 needs a scaled loss too.
@pytest.mark.parametrize(
    ("case", "precision"),
    [
        *((name, "mixed_float16") for name in CASES),
        ("cnn", "mixed_bfloat16"),
        pytest.param("gan", "mixed_bfloat16", marks=pytest.mark.slow),
        pytest.param("diffusion", "mixed_bfloat16", marks=pytest.mark.slow),
    ],
    indirect=["case"],
)
def test_mixed_precision_is_finite_and_learns(case, precision):
    config, falling = case
    keras.config.set_dtype_policy(precision)
    try:
        model = build(dataclasses.replace(config, learning_rate=1e-2))
        history = model.fit(*photos(model.stride), batch_size=8, epochs=15, verbose=0).history
    finally:
        keras.config.set_dtype_policy("float32")
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert history[falling][-1] < 0.7 * history[falling][0]
    losses = [values for name, values in history.items() if name.endswith("loss")]
    assert np.isfinite(losses).all()


# Diffusion takes the same step as cnn.
@pytest.mark.parametrize(
    "case", ["cnn", "gan", pytest.param("diffusion", marks=pytest.mark.slow)], indirect=True
)
def test_one_and_two_replicas_end_alike(run_config, tmp_path):
    config = dataclasses.replace(
        run_config,
        optimizer="sgd",
        learning_rate=1e-2,
        reconstruction_weight=1.0,
        r1=1.0,
        ema=0.5,
        steps_per_epoch=20 // run_config.epochs,
    )
    ends = []
    for devices in ("cpu:0", "cpu:0,cpu:1"):
        run = tmp_path / str(len(devices))
        history = train_model(dataclasses.replace(config, devices=devices), run, verbose=0)
        ends.append((keras.saving.load_model(run / "last.keras"), history, scalars(run)))
    (one, *one_logs), (two, *two_logs) = ends
    assert_equal(one.get_weights(), two.get_weights(), atol=1e-5)
    start = build(config, 20).get_weights()
    moved = [np.abs(a - b).max() for a, b in zip(start, one.get_weights(), strict=True)]
    assert max(moved) > 1e-3, "else equal weights say little"
    for ours, theirs in zip(one_logs[0], two_logs[0], strict=True):
        for name in set(ours) - {"images_per_second"}:
            # Accuracies count patches: one on the edge may fall to either side.
            near = 2e-3 if "accuracy" in name else 1e-6
            assert ours[name] == pytest.approx(theirs[name], rel=2e-4, abs=near), name
    assert one_logs[1].keys() == two_logs[1].keys()
    for name, values in one_logs[1].items():
        if "images_per_second" not in name:
            near = 2e-3 if "accuracy" in name else 1e-6
            np.testing.assert_allclose(values, two_logs[1][name], rtol=2e-4, atol=near)


def scalars(run):
    found = {}
    for folder in sorted((run / "tensorboard").iterdir()):
        accumulator = EventAccumulator(str(folder), {"tensors": 0})
        accumulator.Reload()
        for tag in accumulator.Tags()["tensors"]:
            arrays = [tf.make_ndarray(e.tensor_proto) for e in accumulator.Tensors(tag)]
            if arrays[0].dtype == np.float32:
                found[folder.name, tag] = np.array(arrays)
    return found


class PowerCutError(Exception):
    """What no handler of ours expects."""


@pytest.mark.slow
def test_resumed_in_each_stage_ends_as_undisturbed(run_config, tmp_path, monkeypatch):
    config = dataclasses.replace(run_config, ema=0.8, deterministic=True)
    cut, whole = tmp_path / "cut", tmp_path / "whole"
    train_model(config, whole, verbose=0)
    stages = len(model_class(config.model).stages(config))
    stops = [3 * epoch + 2 for epoch in range(stages)]

    class PowerCut(Guard):
        # First among the callbacks: what this step did is lost, as in a kill.
        def on_train_batch_end(self, batch, logs=None):  # noqa: ARG002
            if self.checkpoints.step + 1 == stop:
                raise PowerCutError

    monkeypatch.setattr(colorizer_tf.training.fitting, "Guard", PowerCut)
    often = dataclasses.replace(config, checkpoint_minutes=0.0)
    for number, stop in enumerate([*stops, None]):
        arguments = {"resume": number > 0, "verbose": 0}
        if stop is None:
            train_model(often, cut, **arguments)
        else:
            with pytest.raises(PowerCutError):
                train_model(often, cut, **arguments)
            assert read_progress(cut / "last.keras")["step"] == stop - 1
    ours, theirs = (keras.saving.load_model(run / "last.keras") for run in (cut, whole))
    assert_equal(state_of(ours), state_of(theirs), atol=1e-6)
    rows = json.loads((cut / "history.json").read_text())
    assert [row["epoch"] for row in rows] == list(range(1, config.epochs + 1))


PREDICT = """
import numpy as np, tensorflow as tf
signatures = tf.saved_model.load(arguments[0]).signatures
lightness = tf.constant(np.load(arguments[1]))
np.save(arguments[1], signatures["predict_ab"](lightness=lightness)["ab"].numpy())
"""


def test_exports_and_runs_without_keras(alone, learned, case, tmp_path, rng):
    model, _ = learned
    run = tmp_path / "run"
    run.mkdir()
    save_checkpoint(model, run / "best.keras", {"step": 5})
    (run / "config.json").write_text(json.dumps({"model": case[0].model, "epochs": 9}))
    out = export_run(run, tmp_path / "savedmodel")
    lightness = rng.uniform(0, 100, (1, 16, 24, 1)).astype("float32")
    np.save(tmp_path / "x.npy", lightness)
    alone.run(PREDICT, out, tmp_path / "x.npy")
    model.exported_network()
    expected = model.predict_ab(lightness)
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(np.load(tmp_path / "x.npy"), expected, atol=1e-3)
    assert json.loads((out / "model.json").read_text())["kind"] == case[0].model
