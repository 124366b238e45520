"""Every test sees two devices, as on a machine with two GPUs, and tiny photos made by code."""

import functools
import gc
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.alone import Alone

if TYPE_CHECKING:
    import keras

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def pytest_collection(session: pytest.Session) -> None:
    if session.config.pluginmanager.hasplugin("dsession"):
        return  # pytest-xdist's own process deals out tests: without TensorFlow it does so at once
    import tensorflow as tf

    one = tf.config.LogicalDeviceConfiguration()
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [one, one])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Those of several processes take longest: at the end the other workers would wait for them.
    items.sort(key=lambda item: item.path.name != "test_distributed.py")


def pytest_collection_finish() -> None:
    # What is imported by now stays: collections need not go through it again and again.
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def wild_network() -> "keras.Model":
    """A network of stride 4 whose ab goes all over the range, far out of the gamut."""
    import keras

    scaled_lightness = keras.Input((None, None, 1))
    x = scaled_lightness
    for seed in (1, 2):
        kernel = keras.initializers.RandomNormal(stddev=1.0, seed=seed)
        x = keras.layers.Conv2D(8, 3, 2, "same", activation="relu", kernel_initializer=kernel)(x)
    x = keras.layers.UpSampling2D(4)(x)
    kernel = keras.initializers.RandomNormal(stddev=1.0, seed=3)
    x = keras.layers.Conv2D(2, 1, activation="tanh", kernel_initializer=kernel)(x)
    return keras.Model(scaled_lightness, x)


@pytest.fixture(scope="session")
def saved_model(wild_network: "keras.Model", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wild network as `colorizer-tf export` writes it."""
    from colorizer_tf.export.saved_model import export_network

    return export_network(wild_network, 4, tmp_path_factory.mktemp("models") / "wild", size=32)


@pytest.fixture(scope="session")
def class_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that predicts a distribution over color classes, exported at the temperature 0.5."""
    from colorizer_tf.export.saved_model import export_network
    from tests.export.formats.networks import class_network

    out = tmp_path_factory.mktemp("models") / "classes"
    return export_network(class_network(), 8, out, size=32, ab_stride=4)


HISTORY = [
    {
        "epoch": 1,
        "step": 10,
        "loss": 0.3,
        "val_delta_e": 12.0,
        "val_psnr": 20.0,
        "gray_delta_e": 13.0,
    },
    {
        "epoch": 2,
        "step": 20,
        "loss": 0.2,
        "val_delta_e": 10.0,
        "val_psnr": 22.0,
        "gray_delta_e": 13.0,
    },
    {
        "epoch": 3,
        "step": 30,
        "loss": 0.1,
        "val_delta_e": 11.0,
        "val_psnr": 21.0,
        "gray_delta_e": 13.0,
    },
]


@pytest.fixture(scope="session")
def random_run(record_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run as `colorizer-tf train` leaves it, with random weights: to be read only."""
    from colorizer_tf.models.options import TrainConfig
    from colorizer_tf.models.registry import build_model
    from colorizer_tf.training.checkpoint import save_checkpoint

    folder = tmp_path_factory.mktemp("random")
    records = folder / "tfrecords" / "flowers"
    records.mkdir(parents=True)
    manifest = {"size": 56, "records": {"train": 90, "valid": 10}, "color": {"mean": [50, 2, 7]}}
    (records / "manifest.json").write_text(json.dumps(manifest))
    run = folder / "runs" / "first"
    run.mkdir(parents=True)
    model = build_model(TrainConfig(widths=(4, 8), norm="none", loss="mse", ab_stride=2), 10)
    kernel = [each for each in model.network.trainable_variables if each.name == "kernel"][-1]
    kernel.assign(np.random.default_rng(0).normal(size=kernel.shape))
    save_checkpoint(model, run / "best.keras", {"step": 20, "val_delta_e": 10.0})
    config = {"model": "cnn", "size": 48, "records": str(records)}
    config["valid_records"] = str(record_set)
    (run / "config.json").write_text(json.dumps(config))
    (run / "history.json").write_text(json.dumps(HISTORY))
    (run / "environment.json").write_text(json.dumps({"git_revision": "abc123"}))
    return run


@pytest.fixture
def run_folder(random_run: Path, tmp_path: Path) -> Path:
    """A copy of that run."""
    shutil.copytree(random_run.parents[1], tmp_path, dirs_exist_ok=True)
    run = tmp_path / "runs" / "first"
    config = json.loads((run / "config.json").read_text())
    config["records"] = str(tmp_path / "tfrecords" / "flowers")
    (run / "config.json").write_text(json.dumps(config))
    return run


@pytest.fixture(scope="session")
def exported_run(random_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Exports that run, once a type of weights."""
    from colorizer_tf.export.options import ExportOptions
    from colorizer_tf.export.saved_model import export_run

    folder = tmp_path_factory.mktemp("exported")

    @functools.cache
    def export(weights: str) -> Path:
        options = ExportOptions(formats=("savedmodel",), weights=weights)
        return export_run(random_run, folder / weights, options=options)

    return export


@pytest.fixture(scope="session")
def alone() -> Iterator[Alone]:
    """A process in which neither Keras nor this package can be imported."""
    with Alone() as process:
        yield process


@pytest.fixture(scope="session")
def record_set(tmp_path_factory):
    """48 drawn photos as 32 px records in shards of 8: about 36 to train on, 12 to validate on."""
    from colorizer_tf import RecordOptions, build_records
    from tests.drawing import write_photos

    folder = tmp_path_factory.mktemp("photos")
    write_photos(folder, 48)
    out = tmp_path_factory.mktemp("records") / "set"
    options = RecordOptions(size=32, valid_fraction=0.25, shard_size=8)
    build_records([folder], out, options, workers=1, progress=False)
    return out


@pytest.fixture(scope="session")
def tiny_config(record_set):
    """A run of seconds: a two-level net, 2 epochs of 3 steps at the records' 32 px."""
    from colorizer_tf import TrainConfig

    return TrainConfig(
        records=str(record_set),
        widths=(8, 16),
        ab_stride=2,
        loss="mse",
        batch_size=8,
        epochs=2,
        steps_per_epoch=3,
        pictures=0,
        deterministic=True,
        shuffle_buffer=16,
    )
