"""Several machines as processes on loopback: the weights of one, and what happens when one goes."""

import dataclasses
import itertools
import json
import os
import signal
import socket
import subprocess
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from colorizer_tf import load_records
from colorizer_tf.base.errors import UsageError
from colorizer_tf.data.request import Augmentation, BatchRequest
from colorizer_tf.models.registry import build_model
from colorizer_tf.training.checkpoint import read_progress
from colorizer_tf.training.run_folder import RunFolder
from colorizer_tf.training.strategy import read_worker
from tests.training.test_train import command


@pytest.fixture
def config(tiny_config):
    return dataclasses.replace(
        tiny_config,
        model="gan",
        widths=(8,),
        loss="mae",
        discriminator_widths=(8,),
        optimizer="sgd",
        learning_rate=1e-2,
        reconstruction_weight=1.0,
        generator_epochs=0,
        discriminator_epochs=1,
        epochs=2,
        steps_per_epoch=4,
        warmup=0.0,
        pictures=0,
        on_collapse="ignore",
    )


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def start(config, run, *more):
    """The same command on two machines."""
    workers = [f"127.0.0.1:{port}" for port in free_ports(2)]
    processes = []
    for index in range(2):
        task = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        processes.append(
            subprocess.Popen(
                command(config, run, "--quiet", *more),
                env=os.environ | {"TF_CONFIG": json.dumps(task)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    return processes


def finish(processes, seconds=240):
    said = [process.communicate(timeout=seconds)[1] for process in processes]
    return [process.returncode for process in processes], said


def weights_of(path):
    return keras.saving.load_model(path).get_weights()


@pytest.mark.parametrize(
    ("kind", "stages"),
    [
        ("cnn", {"train": 8}),
        # What a GAN adds, two networks and stages, is compared on the replicas of one process too.
        pytest.param("gan", {"discriminator": 4, "adversarial": 4}, marks=pytest.mark.slow),
    ],
)
def test_two_processes_train_to_the_weights_of_one(config, tmp_path, kind, stages):
    config, run = dataclasses.replace(config, model=kind), tmp_path / "run"
    codes, said = finish(start(config, run))
    assert codes == [0, 0], said
    # One process on the same global batches: the two shares of each, one after the other.
    keras.utils.set_random_seed(config.seed)
    model = build_model(config, 8)
    start_weights = model.get_weights()
    shares = [
        load_records(
            BatchRequest(
                config.records,
                "train",
                config.batch_size // 2,
                augmentation=Augmentation(config.flip, config.crop_scale, config.jitter),
                epochs=range(9),
                shuffle_buffer=config.shuffle_buffer,
                worker=(index, 2),
            )
        )
        for index in range(2)
    ]
    batches = list(zip(*(iter(share.take(8)) for share in shares), strict=True))
    whole = [tuple(tf.concat(parts, 0) for parts in zip(*pair, strict=True)) for pair in batches]
    rest = iter(whole)
    for stage, steps in stages.items():
        model.enter(stage)
        for batch in itertools.islice(rest, steps):
            model.train_step(batch)
    theirs = weights_of(run / "last.keras")
    for ours, other in zip(model.get_weights(), theirs, strict=True):
        np.testing.assert_allclose(ours, other, rtol=0, atol=1e-5)
    moved = max(np.abs(a - b).max() for a, b in zip(start_weights, theirs, strict=True))
    assert moved > 1e-3, "else equal weights say little"
    found = model.evaluate(
        load_records(BatchRequest(config.records, "valid", 4)), verbose=0, return_dict=True
    )
    row = RunFolder(run).read_history()[-1]
    for name, value in found.items():
        assert row[f"val_{name}"] == pytest.approx(value, rel=1e-3, abs=2e-3), name


@pytest.mark.slow
@pytest.mark.parametrize("victim", [0, 1])
def test_one_killed_ends_the_other_and_a_restart_of_both_goes_on_exactly(config, tmp_path, victim):
    config = dataclasses.replace(config, steps_per_epoch=60, epochs=3, checkpoint_minutes=0.0)
    run, whole = tmp_path / "run", tmp_path / "whole"
    processes = start(config, run)
    deadline = time.monotonic() + 120
    while not (run / "last.keras").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    processes[victim].send_signal(signal.SIGKILL)
    began = time.monotonic()
    _, said = processes[1 - victim].communicate(timeout=90)
    assert time.monotonic() - began < 60
    processes[victim].communicate()
    assert processes[1 - victim].returncode == 1
    assert "another machine of this run is gone" in said
    assert "--resume" in said
    assert "Traceback" not in said
    assert 0 < read_progress(run / "last.keras")["step"] < 180
    codes, said = finish(start(config, run, "--resume"))
    assert codes == [0, 0], said
    codes, said = finish(start(dataclasses.replace(config, checkpoint_minutes=5.0), whole))
    assert codes == [0, 0], said
    for ours, theirs in zip(
        weights_of(run / "last.keras"), weights_of(whole / "last.keras"), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ({"type": "worker", "index": 1}, (1, 2)),
        ({"type": "worker", "index": "0"}, (0, 2)),
    ],
)
def test_the_variable_says_which_machine_this_is(monkeypatch, task, expected):
    cluster = {"worker": ["a:1", "b:1"]}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": task}))
    assert read_worker() == expected


def test_a_chief_is_the_first_machine(monkeypatch):
    cluster = {"worker": ["b:1"], "chief": ["a:1"]}
    for kind, expected in (("chief", (0, 2)), ("worker", (1, 2))):
        text = json.dumps({"cluster": cluster, "task": {"type": kind, "index": 0}})
        monkeypatch.setenv("TF_CONFIG", text)
        assert read_worker() == expected


@pytest.mark.parametrize("text", ["{", "[]", '{"cluster": {}}', '{"cluster": {}, "task": {}}'])
def test_a_wrong_variable_is_named(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(UsageError, match=r"TF_CONFIG.*docs/distributed\.md"):
        read_worker()
    monkeypatch.delenv("TF_CONFIG")
    assert read_worker() == (0, 1)
