"""Builds that were interrupted, repeated or replaced, and folders that are refused."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from colorizer_tf import RecordOptions, verify_records
from colorizer_tf.base.errors import ColorizerError, UsageError
from tests.records.building import OPTIONS, build, files_of

SCRIPT = """
import sys
from pathlib import Path
from colorizer_tf.records.options import RecordOptions
from colorizer_tf.records.build import build_records
if __name__ == "__main__":
    options = RecordOptions(size=32, valid_fraction=0.25, shard_size=16)
    build_records([sys.argv[1]], sys.argv[2], options, workers=int(sys.argv[3]), progress=False)
"""


def start_build(photos, out, workers, folder):
    script = folder / "build_it.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(photos), str(out), str(workers)]
    return subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # As a terminal starts it: a shell's background jobs, these tests too, ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def wait_for(condition, seconds=240):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


@pytest.mark.parametrize(
    ("workers", "shards"), [(1, 0), pytest.param(1, 1, marks=pytest.mark.slow), (2, 3)]
)
def test_killed_and_run_again_ends_with_the_same_bytes(photos, built, tmp_path, workers, shards):
    out = tmp_path / "set"
    process = start_build(photos, out, workers, tmp_path)
    with process:
        wait_for(lambda: (out / ".build").exists() and len(list(out.glob("*.tfrecord"))) >= shards)
        children = workers_of(process)
        process.kill()
    # Workers end with their parent, and do not wait for tasks for ever.
    wait_for(lambda: not any(is_running(child) for child in children))
    assert len(children) == (workers if workers > 1 else 0)
    assert not (out / "manifest.json").exists()
    parts = (out / ".build").glob("*.tfrecord.json")
    before = {p: p.stat().st_mtime_ns for p in (out / part.stem for part in parts)}
    build(photos, out)
    assert files_of(out) == files_of(built)
    assert {path: path.stat().st_mtime_ns for path in before} == before


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_half_written_files_of_a_killed_build_are_cleared(photos, built, tmp_path):
    out = tmp_path / "set"
    (out / ".build").mkdir(parents=True)
    (out / ".build" / "options.json").write_text("{")
    (out / ".0123456789abcdef.part").write_bytes(b"half a shard")
    build(photos, out)
    assert files_of(out) == files_of(built)


def test_part_files_of_something_else_are_not_believed(photos, built, tmp_path):
    out = tmp_path / "set"
    (out / ".build").mkdir(parents=True)
    for name in ("train-00000", "train-00001", "valid-00000"):
        (out / ".build" / f"{name}.tfrecord.json").write_text('{"records": 3}')
        (out / f"{name}.tfrecord").write_bytes(b"not a shard")
    (out / ".build" / "options.json").write_text(json.dumps(OPTIONS.__dict__))
    build(photos, out)
    assert files_of(out) == files_of(built)


def test_a_worker_that_dies_is_an_error_and_not_a_hang(photos, tmp_path):
    process = start_build(photos, tmp_path / "set", 2, tmp_path)
    with process:
        wait_for(lambda: (tmp_path / "set" / ".build").exists())
        os.kill(workers_of(process)[0], signal.SIGKILL)
        _, said = process.communicate(timeout=240)
    assert process.returncode == 1
    assert "a worker process died" in said
    build(photos, tmp_path / "set")
    assert not verify_records(tmp_path / "set")


def workers_of(process):
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [
        int(child)
        for child in children
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def test_ctrl_c_leaves_a_set_that_can_be_finished(photos, built, tmp_path):
    process = start_build(photos, tmp_path / "set", 2, tmp_path)
    with process:
        wait_for(lambda: (tmp_path / "set" / ".build").exists())
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=240)
    assert "KeyboardInterrupt" in said
    build(photos, tmp_path / "set")
    assert files_of(tmp_path / "set") == files_of(built)


def test_a_finished_set_is_left_alone(photos, built):
    before = {path: path.stat().st_mtime_ns for path in built.iterdir()}
    manifest = build(photos, built)
    assert manifest == json.loads((built / "manifest.json").read_text())
    assert {path: path.stat().st_mtime_ns for path in built.iterdir()} == before


def test_other_options_are_refused_by_name(photos, built):
    with pytest.raises(UsageError, match=r"fit 'crop' there, 'pad' now.*--overwrite") as caught:
        build(photos, built, RecordOptions(size=32, valid_fraction=0.25, shard_size=16, fit="pad"))
    assert "salt" not in str(caught.value)


def test_other_options_are_refused_for_an_unfinished_set_too(photos, tmp_path):
    out = tmp_path / "set"
    with start_build(photos, out, 1, tmp_path) as process:
        wait_for(lambda: (out / ".build" / "options.json").exists())
        process.kill()
    with pytest.raises(UsageError, match="size 32 there, 16 now"):
        build(photos, out, RecordOptions(size=16, valid_fraction=0.25, shard_size=16))


def test_overwrite_replaces_a_set(few, tmp_path):
    build(few, tmp_path / "set", RecordOptions(size=16, shard_size=2))
    build(few, tmp_path / "set", overwrite=True)
    build(few, tmp_path / "fresh")
    assert files_of(tmp_path / "set") == files_of(tmp_path / "fresh")


def test_overwrite_mends_a_damaged_set(few, tmp_path):
    build(few, tmp_path / "set")
    whole = files_of(tmp_path / "set")
    shard = next((tmp_path / "set").glob("train-*"))
    shard.write_bytes(shard.read_bytes()[:-1] + b"?")
    build(few, tmp_path / "set", overwrite=True)
    assert files_of(tmp_path / "set") == whole


def test_a_missing_shard_is_made_again(few, tmp_path):
    build(few, tmp_path / "set")
    whole = files_of(tmp_path / "set")
    next((tmp_path / "set").glob("train-*")).unlink()
    build(few, tmp_path / "set")
    assert files_of(tmp_path / "set") == whole


def test_foreign_folders_are_refused(few, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "train-00000.tfrecord").write_bytes(b"precious")
    for out in (tmp_path / "mine", tmp_path / "mine" / "train-00000.tfrecord"):
        with pytest.raises(UsageError, match="is no record set"):
            build(few, out)
    assert (tmp_path / "mine" / "train-00000.tfrecord").read_bytes() == b"precious"


def test_two_builds_into_one_folder_are_kept_apart(photos, tmp_path):
    out = tmp_path / "set"
    with start_build(photos, out, 1, tmp_path) as process:
        wait_for(lambda: (out / ".build").exists())
        process.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(ColorizerError, match="another colorizer-tf is writing"):
                build(photos, out)
        finally:
            process.send_signal(signal.SIGCONT)
        process.communicate(timeout=240)
    assert not verify_records(out)
