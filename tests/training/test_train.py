"""Runs: the folder they leave, exact resume after SIGKILL, NaN, Ctrl-C, TensorBoard, errors."""

import contextlib
import csv
import dataclasses
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from colorizer_tf import (
    BatchRequest,
    ColorizerError,
    RecordOptions,
    build_records,
    load_records,
    train_model,
)
from colorizer_tf.base.errors import UsageError
from colorizer_tf.cli.main import main
from colorizer_tf.training.baseline import measure_baseline
from colorizer_tf.training.run_folder import RunFolder
from tests.drawing import write_photos


@pytest.fixture(scope="module")
def finished_by_command(record_set, tmp_path_factory):
    """Settings, folder, stdout and stderr of a run whose records were named from their folder."""
    from colorizer_tf import TrainConfig

    config = TrainConfig(
        records=str(record_set),
        widths=(8, 16),
        ab_stride=2,
        batch_size=8,
        epochs=3,
        steps_per_epoch=25,
        learning_rate=1e-2,
        loss="mae",
        pictures=3,
        ema=0.5,
        deterministic=True,
    )
    run = tmp_path_factory.mktemp("runs") / "finished"
    words = words_of(dataclasses.replace(config, records=record_set.name), run, "--profile", "3")
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(record_set.parent),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        assert main(words) == 0, err.getvalue()
    return config, run, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def finished(finished_by_command):
    config, run, *_ = finished_by_command
    return config, run, RunFolder(run).read_history()


def test_a_run_folder_holds_what_was_done(finished):
    config, run, history = finished
    assert {p.name for p in run.iterdir()} == {
        "config.json",
        "environment.json",
        "history.json",
        "history.csv",
        "best.keras",
        "last.keras",
        "sheet.png",
        "tensorboard",
    }
    assert json.loads((run / "config.json").read_text())["learning_rate"] == config.learning_rate
    assert json.loads((run / "environment.json").read_text())["tensorflow"] == tf.__version__
    assert [row["epoch"] for row in history] == [1, 2, 3]
    with (run / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert float(rows[-1]["val_delta_e"]) == history[-1]["val_delta_e"]


def test_training_beats_gray_on_held_out_photos(finished):
    _, _, history = finished
    best = min(row["val_delta_e"] for row in history)
    assert best < 0.8 * history[0]["gray_delta_e"]


def test_best_holds_the_weights_that_scored_best(finished):
    config, run, history = finished
    model = keras.saving.load_model(run / "best.keras")
    model.exported_network()
    valid = load_records(BatchRequest(config.records, "valid", 8, remainder="mask"))
    found = model.evaluate(valid, verbose=0, return_dict=True)
    assert found["delta_e"] == pytest.approx(min(r["val_delta_e"] for r in history), rel=1e-4)


def events(run, line):
    """{tag: values} of one line, as TensorBoard's own reader gives them."""
    accumulator = EventAccumulator(str(run / "tensorboard" / line), {"tensors": 0})
    accumulator.Reload()
    tags = accumulator.Tags()
    found = {
        tag: [tf.make_ndarray(event.tensor_proto) for event in accumulator.Tensors(tag)]
        for tag in tags["tensors"]
    }
    return found, tags["graph"]


def test_tensorboard_shows_every_measure_beside_its_baseline(finished):
    _, run, history = finished
    train, graph = events(run, "train")
    assert set(train) == {"loss", "gradient_norm", "learning_rate", "images_per_second"}
    assert graph
    valid, _ = events(run, "valid")
    grids = valid.pop("gray | predicted | true")
    assert set(valid) == {"loss", "psnr", "delta_e", "colorfulness", "hue_diversity"}
    gray = events(run, "gray")[0]
    assert set(gray) == {"delta_e", "psnr"}
    # Before the first step too.
    assert len(gray["delta_e"]) == len(history) + 1
    assert set(events(run, "true")[0]) == {"colorfulness", "hue_diversity"}
    assert valid["delta_e"] == pytest.approx([row["val_delta_e"] for row in history], rel=1e-6)
    assert len(grids) == 1 + 3
    width, height, picture = grids[-1]
    assert (int(width), int(height)) == (3 * 32, 3 * 32)
    assert tf.io.decode_png(picture).shape == (3 * 32, 3 * 32, 3)


def test_baseline_is_what_scikit_image_says_of_gray(record_set):
    import skimage.color

    from colorizer_tf import color

    found = measure_baseline(load_records(BatchRequest(record_set, "valid", 5, remainder="mask")))
    scores = []
    for lightness, ab in load_records(BatchRequest(record_set, "valid", 1)):
        lab = np.concatenate([color.unscale_lightness(lightness), color.unscale_ab(ab)], -1).astype(
            "float64"
        )
        scores.append(skimage.color.deltaE_ciede2000(lab, lab * [1, 0, 0]).mean())
    assert found["gray_delta_e"] == pytest.approx(np.mean(scores), rel=1e-3)


def weights_of(path):
    model = keras.saving.load_model(path)
    return [np.asarray(v) for v in (*model.weights, *model.optimizer.variables)]


def command(config, run, *more):
    return [sys.executable, "-m", "colorizer_tf", *words_of(config, run, *more)]


def words_of(config, run, *more):
    flags = [
        f"--{field.name.replace('_', '-')}={spell(getattr(config, field.name))}"
        for field in dataclasses.fields(config)
        if getattr(config, field.name) != field.default and not isinstance(field.default, bool)
    ]
    switches = ["--deterministic"] if config.deterministic else []
    return ["train", "--out", str(run), *flags, *switches, *more]


def spell(value):
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


@pytest.mark.slow
def test_killed_in_mid_epoch_and_resumed_ends_with_the_same_weights(tiny_config, tmp_path):
    config = dataclasses.replace(
        tiny_config, ema=0.8, steps_per_epoch=40, epochs=2, checkpoint_minutes=0.0, pictures=0
    )
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    process = subprocess.Popen(command(config, killed, "--quiet"))
    # Every step leaves a checkpoint here: SIGKILL falls somewhere within an epoch, or its writing.
    deadline = time.monotonic() + 120
    while not (killed / "last.keras").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.7)
    process.send_signal(signal.SIGKILL)
    process.wait()
    from colorizer_tf.training.checkpoint import read_progress

    step = read_progress(killed / "last.keras")["step"]
    assert 0 < step < 80
    assert step % 40
    subprocess.run(command(config, killed, "--resume", "--quiet"), check=True)
    train_model(dataclasses.replace(config, checkpoint_minutes=9.0), whole, verbose=0)
    for ours, theirs in zip(
        weights_of(killed / "last.keras"), weights_of(whole / "last.keras"), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    history = json.loads((killed / "history.json").read_text())
    assert [row["epoch"] for row in history] == [1, 2]


def test_ctrl_c_leaves_a_resumable_run(tiny_config, tmp_path, capfd):
    config = dataclasses.replace(tiny_config, epochs=500)
    run = tmp_path / "run"

    over = threading.Event()

    def interrupt():
        while not (run / "last.keras").exists():
            if over.wait(0.05):
                return
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    try:
        assert main(words_of(config, run, "--quiet")) == 1
    finally:
        over.set()
    said = capfd.readouterr().err
    assert "--resume" in said
    assert "Traceback" not in said
    assert "stopping after this step" in said
    from colorizer_tf.training.checkpoint import read_progress

    assert read_progress(run / "last.keras")["step"] >= 3


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_good_weights(
    tiny_config, tmp_path, monkeypatch
):
    # The fifth step's pictures hold a NaN.
    import colorizer_tf.training.run_data as module

    plain = module.load_records

    def poisoned(request):
        dataset = plain(request)
        if request.split != "train":
            return dataset
        nan = lambda i, x, y: (x, tf.where(i == 4, np.nan, 1.0) * y)  # noqa: E731
        return dataset.enumerate().map(lambda i, xy: nan(i, *xy))

    monkeypatch.setattr(module, "load_records", poisoned)
    run = tmp_path / "run"
    with pytest.raises(ColorizerError, match="at step 5: training stopped"):
        train_model(tiny_config, run, verbose=0)
    from colorizer_tf.training.checkpoint import read_progress

    assert read_progress(run / "last.keras")["step"] == 3
    assert all(
        np.isfinite(w).all() for w in keras.saving.load_model(run / "last.keras").get_weights()
    )


def test_goes_on_at_another_size_from_another_run(finished, tiny_config, tmp_path):
    _, run, history = finished
    config = dataclasses.replace(
        tiny_config, size=16, init_from=str(run), epochs=1, steps_per_epoch=1, learning_rate=1e-7
    )
    gone_on = train_model(config, tmp_path / "run", verbose=0)
    assert gone_on[0]["val_delta_e"] < 0.9 * history[0]["gray_delta_e"]
    theirs, ours = (RunFolder(each).load_best() for each in (run, tmp_path / "run"))
    theirs.exported_network()
    trained = (each.network.trainable_weights for each in (theirs, ours))
    for old, now in zip(*trained, strict=True):
        np.testing.assert_allclose(now, old, atol=1e-5)


def test_an_existing_run_is_not_overwritten(finished):
    config, run, _ = finished
    before = (run / "last.keras").read_bytes()
    with pytest.raises(UsageError, match="--resume"):
        train_model(config, run, verbose=0)
    with pytest.raises(UsageError, match="unchanged"):
        train_model(dataclasses.replace(config, epochs=9), run, resume=True, verbose=0)
    assert (run / "last.keras").read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 1000}, "lower --batch-size"),
        ({"devices": "gpu:7"}, "no gpu:7 here; found: cpu:0, cpu:1"),
        ({"devices": "cpu:0,cpu:1", "batch_size": 7}, "split evenly"),
        ({"records": "nowhere"}, "build-records"),
        ({"size": 64}, "these records are 32 px"),
    ],
)
def test_what_does_not_fit_is_said_before_training(tiny_config, tmp_path, changes, message):
    with pytest.raises(ColorizerError, match=message):
        train_model(dataclasses.replace(tiny_config, **changes), tmp_path / "run", verbose=0)


@pytest.mark.parametrize("steps", [None, 3])
def test_an_empty_train_split_is_an_error_and_leaves_no_folder(tiny_config, tmp_path, steps):
    write_photos(tmp_path / "photos", 16)
    held_out = RecordOptions(size=32, valid_fraction=1.0)
    build_records([tmp_path / "photos"], tmp_path / "set", held_out, workers=1, progress=False)
    config = dataclasses.replace(tiny_config, records=str(tmp_path / "set"), steps_per_epoch=steps)
    with pytest.raises(ColorizerError, match="no records in split 'train'"):
        train_model(config, tmp_path / "run", verbose=0)
    assert not (tmp_path / "run").exists()


def test_a_train_set_too_small_for_size_leaves_no_folder(tiny_config, tmp_path):
    # The valid set is large enough, so that only the training data can say so.
    write_photos(tmp_path / "photos", 16)
    larger = RecordOptions(size=48, valid_fraction=1.0)
    build_records([tmp_path / "photos"], tmp_path / "set", larger, workers=1, progress=False)
    config = dataclasses.replace(tiny_config, valid_records=str(tmp_path / "set"), size=48)
    with pytest.raises(ColorizerError, match="these records are 32 px"):
        train_model(config, tmp_path / "run", verbose=0)
    assert not (tmp_path / "run").exists()


def test_two_trainings_into_one_folder_do_not_meet(tiny_config, tmp_path):
    from colorizer_tf.base.locks import alone_in

    run = tmp_path / "run"
    with alone_in(run), pytest.raises(ColorizerError, match="another colorizer-tf is writing"):
        train_model(tiny_config, run, verbose=False)
    assert not (run / "config.json").exists()


def test_a_run_is_resumed_from_any_directory(finished, record_set, tmp_path, monkeypatch):
    shutil.copytree(finished[1], tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    stored = RunFolder("run").read_config()
    assert stored.records == str(record_set)
    assert len(train_model(stored, "run", resume=True, verbose=False)) == 3


def test_a_damaged_last_checkpoint_is_replaced_by_the_best(finished, tmp_path, caplog):
    run = RunFolder(shutil.copytree(finished[1], tmp_path / "run"))
    history = run.read_history()
    for content in (b"overwritten", run.last.read_bytes()[:5000]):
        run.last.write_bytes(content)
        again = train_model(run.read_config(), run.path, resume=True, verbose=False)
        assert "continuing from best.keras, at step" in caplog.text
        assert again[-1]["val_delta_e"] == pytest.approx(history[-1]["val_delta_e"], rel=1e-5)
    run.last.write_bytes(b"overwritten")
    run.best.unlink()
    with pytest.raises(ColorizerError, match=r"there is no best\.keras to continue from"):
        train_model(run.read_config(), run.path, resume=True, verbose=False)


@pytest.mark.parametrize("content", ["{", "[]", "[" * 100_000, '{"epochs": [}'])
def test_a_damaged_config_is_named(content, tmp_path):
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(ColorizerError, match=r"config\.json cannot be read"):
        RunFolder(tmp_path).read_config()


@pytest.mark.parametrize("content", ["{}", "[1]", '[{"epoch": 1}]', '[{"step": "2"}]', "[["])
def test_a_damaged_history_is_named(content, tmp_path):
    (tmp_path / "history.json").write_text(content)
    with pytest.raises(ColorizerError, match=r"history\.json cannot be read"):
        RunFolder(tmp_path).read_history()


def damaged_copy(record_set, folder, damage):
    folder.mkdir()
    for file in record_set.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    shard = folder / "train-00001.tfrecord"
    shard.write_bytes(damage(bytearray(shard.read_bytes())))
    return str(folder)


def flip(data):
    data[len(data) // 2] ^= 1
    return data


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda _: b"", r"train-00001\.tfrecord is damaged: 0 bytes.*build-records again"),
        (lambda data: data[:-9], r"train-00001\.tfrecord is damaged: \d+ bytes"),
        (flip, r"train-00001\.tfrecord.*record \d.*delete .*build-records again"),
    ],
)
def test_a_damaged_shard_is_named_with_what_repairs_it(
    tiny_config, record_set, tmp_path, damage, message
):
    records = damaged_copy(record_set, tmp_path / "set", damage)
    config = dataclasses.replace(tiny_config, records=records, epochs=3, steps_per_epoch=None)
    with pytest.raises(ColorizerError, match=message):
        train_model(config, tmp_path / "run", verbose=False)


def test_a_run_says_what_it_does(finished_by_command, capsys):
    config, run, out, err = finished_by_command
    assert list(run.glob("tensorboard/plugins/profile/*/*.xplane.pb"))
    assert "training cnn: 0.0 M parameters" in err
    assert "on 1 CPU\n" in err
    assert "held out of" in err
    assert "75 steps" in err
    assert re.search(r"step 20 of 75: \d+ photos/s, \d+ s left", err)
    sentences = re.findall(
        r"epoch (\d) of 3: CIEDE2000 [\d.]+ \(gray [\d.]+\), colorfulness \d+ of \d+", out
    )
    assert sentences == ["1", "2", "3"]
    assert "best so far" in out
    assert main(words_of(config, run, "--profile", "3", "--resume")) == 0
    assert "epoch" not in capsys.readouterr().out.partition("best epoch")[0]


def test_resume_of_nothing_is_an_error(tiny_config, tmp_path):
    with pytest.raises(ColorizerError, match="not a training run"):
        train_model(tiny_config, tmp_path / "run", resume=True, verbose=0)


def test_environment_is_not_read_from_the_working_folder(tmp_path, monkeypatch):
    from colorizer_tf.base.environment import git_revision

    here = git_revision()
    monkeypatch.chdir(tmp_path)
    assert git_revision() == here
