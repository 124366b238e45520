"""What goes wrong while photos are colored: kills, full disks, Ctrl-C, errors of any kind."""

import errno
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.execution.weight import WeightLimit
from colorizer_tf.batch.index import INDEX_NAME
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.run import colorize_files
from tests.batch.painting import Tinter, assert_tinted, color, draw, outputs, statuses

ROOT = Path(__file__).parents[2]

SLOW_RUN = """
import sys, time
from colorizer_tf.batch.run import colorize_files
from tests.batch.painting import Tinter

class Slow(Tinter):
    def colorize(self, pixels, **settings):
        time.sleep(float(sys.argv[3]))
        return super().colorize(pixels, **settings)

print("started", flush=True)
colorize_files([sys.argv[1] + "/tree", sys.argv[1] + "/album.zip"], sys.argv[2], Slow())
"""


def start_slow_run(folder, out, seconds):
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW_RUN, folder, out, str(seconds)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        # As a terminal starts it: a shell's background jobs, these tests too, ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout.readline() == b"started\n"
    return process


@pytest.fixture
def album_and_tree(tmp_path):
    """A folder with a tree of 12 photos and a zip of 8."""
    folder = tmp_path / "in"
    for number in range(12):
        draw(folder / "tree" / str(number % 3) / f"{number}.png", number)
    with zipfile.ZipFile(folder / "album.zip", "w") as archive:
        for number in range(8):
            archive.write(folder / "tree" / str(number % 3) / f"{number}.png", f"{number}.png")
    return folder


def contents(folder):
    return {name: (folder / name).read_bytes() for name in outputs(folder)}


def test_a_run_killed_at_any_moment_leaves_whole_files_and_goes_on(album_and_tree, tmp_path):
    photos = [album_and_tree / "tree", album_and_tree / "album.zip"]
    colorize_files(photos, tmp_path / "a", Tinter())
    whole, moments = contents(tmp_path / "a"), random.Random(0)
    out, most = tmp_path / "b", 0
    for _ in range(6):
        process = start_slow_run(album_and_tree, out, 0.02)
        time.sleep(moments.uniform(0, 0.25))
        process.kill()
        process.wait()
        process.stdout.close()
        found = contents(out) if out.exists() else {}
        assert found.items() <= whole.items()
        assert len(found) >= most, "what was finished stays"
        most = len(found)
    results = colorize_files(photos, out, Tinter())
    assert {result.status for result in results} <= {"done", "skipped"}
    assert contents(out) == whole
    assert [path.name for path in out.rglob(".*")] == [INDEX_NAME]


def test_what_a_kill_leaves_is_cleared_up_and_nothing_else(tmp_path):
    photo, out = draw(tmp_path / "in" / "sub" / "a.png"), tmp_path / "out"
    color(tmp_path / "in", out)
    left, theirs = out / "sub" / ".0123456789abcdef.part", out / "sub" / "movie.part"
    left.write_bytes(b"half")
    theirs.write_bytes(b"half")
    assert statuses(color(photo.parent.parent, out)) == [("a.png", "skipped")]
    assert not left.exists()
    assert theirs.exists()


def fill_disk_after(monkeypatch, calls, code=errno.ENOSPC):
    fsync, left = os.fsync, [calls]

    def full(handle):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(code, os.strerror(code))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", full)


@pytest.mark.parametrize("calls", [0, 1, 4, 13, 17, 21])
def test_a_full_disk_is_one_clear_error_and_space_lets_it_go_on(
    album_and_tree, tmp_path, monkeypatch, calls
):
    photos = [album_and_tree / "tree", album_and_tree / "album.zip"]
    colorize_files(photos, tmp_path / "a", Tinter())
    whole, out = contents(tmp_path / "a"), tmp_path / "b"
    with monkeypatch.context() as patch:
        fill_disk_after(patch, calls)
        with pytest.raises(ColorizerError, match=r"No space left on device.*free some space"):
            colorize_files(photos, out, Tinter())
    assert contents(out).items() <= whole.items()
    tinter = Tinter()
    results = colorize_files(photos, out, tinter)
    assert contents(out) == whole
    # The first call was the index's own; what the others wrote is not done again, in a zip neither.
    skipped = [result.status for result in results].count("skipped")
    assert (skipped, tinter.calls) == (max(calls - 1, 0), 20 - max(calls - 1, 0))


def test_a_file_too_large_for_its_disk_stops_nothing_else(tmp_path, monkeypatch):
    draw(tmp_path / "in" / "a.png")
    fill_disk_after(monkeypatch, 1, errno.EFBIG)
    (result,) = color(tmp_path / "in", tmp_path / "out")
    assert (result.status, result.output) == ("failed", None)
    assert "File too large" in result.reason
    assert outputs(tmp_path / "out") == []


def test_ctrl_c_ends_soon_and_keeps_what_is_done(album_and_tree, tmp_path):
    process = start_slow_run(album_and_tree, tmp_path / "out", 0.3)
    while not outputs(tmp_path / "out"):
        time.sleep(0.02)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.wait(20) != 0
    process.stdout.close()
    assert time.monotonic() - start < 3
    for name in outputs(tmp_path / "out"):
        source = name.replace("_colorized", "")
        assert_tinted(album_and_tree / "tree" / source, tmp_path / "out" / name)
    lines = (tmp_path / "out" / INDEX_NAME).read_text().splitlines()
    assert sum("finished" in json.loads(line) for line in lines) == len(outputs(tmp_path / "out"))


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), "not enough memory for it"),
        (
            np._core._exceptions._ArrayMemoryError((9, 9), np.dtype("u1")),
            "not enough memory for it",
        ),
        (ColorizerError("the model gave values\nthat are not finite"), "the model gave values"),
        (ZeroDivisionError(), "ZeroDivisionError"),
    ],
)
def test_errors_of_any_kind_are_named_failures_and_the_rest_is_done(tmp_path, error, reason):
    class Failing(Tinter):
        def colorize(self, pixels, **settings):
            if pixels.shape[0] == 20:
                raise error
            return super().colorize(pixels, **settings)

    draw(tmp_path / "in" / "a.png")
    draw(tmp_path / "in" / "b.png", size=(30, 20))
    draw(tmp_path / "in" / "c.png")
    results = color(tmp_path / "in", tmp_path / "out", Failing())
    assert statuses(results) == [("a.png", "done"), ("b.png", "failed"), ("c.png", "done")]
    assert (results[1].reason, results[1].output) == (reason, None)
    assert outputs(tmp_path / "out") == ["a_colorized.png", "c_colorized.png"]


def test_no_more_photos_are_worked_on_at_once_than_asked(tmp_path):
    class Counting(Tinter):
        now, most, lock = 0, 0, threading.Lock()

        def colorize(self, pixels, **settings):
            with self.lock:
                self.now += 1
                self.most = max(self.most, self.now)
            time.sleep(0.02)
            with self.lock:
                self.now -= 1
            return super().colorize(pixels, **settings)

    for number in range(12):
        draw(tmp_path / "in" / f"{number}.png", number)
    for workers in (1, 3):
        counting = Counting()
        color(tmp_path / "in", tmp_path / f"out{workers}", counting, workers=workers)
        assert counting.most == workers
    assert contents(tmp_path / "out1") == contents(tmp_path / "out3")


def test_weight_is_limited_and_one_giant_is_admitted():
    limit, inside, most, lock = WeightLimit(10), [0], [0], threading.Lock()

    def work(weight):
        with limit.holding(weight):
            with lock:
                inside[0] += weight
                most[0] = max(most[0], inside[0])
            time.sleep(0.01)
            with lock:
                inside[0] -= weight

    threads = [threading.Thread(target=work, args=(weight,)) for weight in (3, 4, 5, 6, 2) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 6 < most[0] <= 10
    with limit.holding(1_000_000):
        pass


def test_results_come_in_the_order_found(tmp_path):
    class Uneven(Tinter):
        def colorize(self, pixels, **settings):
            time.sleep(0.03 if pixels[0, 0, 0] % 2 else 0)
            return super().colorize(pixels, **settings)

    for number in range(12):
        draw(tmp_path / "in" / f"{number:02d}.png", number)
    (tmp_path / "in" / "05.png").write_bytes(b"no picture")
    results = color(tmp_path / "in", tmp_path / "out", Uneven(), workers=4)
    assert [result.source.name for result in results] == [f"{n:02d}.png" for n in range(12)]
    assert results[5].status == "failed"


def test_deep_and_gray_photos_keep_their_kind(tmp_path):
    import cv2

    deep = np.random.default_rng(0).integers(0, 65536, (9, 13), np.uint16)
    cv2.imwrite(str(tmp_path / "deep.png"), deep)
    options = ColorizeOptions(compare=True)
    (result,) = color(tmp_path / "deep.png", tmp_path / "out", options=options)
    made = cv2.imread(str(result.output), cv2.IMREAD_UNCHANGED)
    assert made.dtype == np.uint16
    np.testing.assert_array_equal(made[..., 1], deep)
    assert (result.height, result.width) == (9, 13)
