"""Every test sees two devices, as on a machine with two GPUs, and tiny photos made by code."""

import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pytest
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration(), tf.config.LogicalDeviceConfiguration()],
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def wild_network() -> keras.Model:
    """A network of stride 4 whose ab goes all over the range, far out of the gamut."""
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
def saved_model(wild_network: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wild network as `colorizer-tf export` writes it."""
    from colorizer_tf.export.saved_model import export_network

    return export_network(wild_network, 4, tmp_path_factory.mktemp("models") / "wild", size=32)


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


@pytest.fixture
def run_folder(tmp_path: Path, record_set: Path) -> Path:
    """A run as `colorizer-tf train` leaves it, of a network with random weights."""
    from colorizer_tf.models.options import TrainConfig
    from colorizer_tf.models.registry import build_model
    from colorizer_tf.training.checkpoint import save_checkpoint

    records = tmp_path / "tfrecords" / "flowers"
    records.mkdir(parents=True)
    manifest = {"size": 56, "records": {"train": 90, "valid": 10}, "color": {"mean": [50, 2, 7]}}
    (records / "manifest.json").write_text(json.dumps(manifest))
    run = tmp_path / "runs" / "first"
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
        pictures=2,
        deterministic=True,
        shuffle_buffer=16,
    )
