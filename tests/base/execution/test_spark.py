"""Spark gives what local processes and threads give; what is refused; lost work is done again."""

import functools
import importlib.util
import json
import os
import shutil
import signal
import zipfile
from pathlib import Path

import pytest

from colorizer_tf import RecordOptions, build_records
from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.base.execution.processes import use_one_core
from colorizer_tf.base.execution.spark import SparkExecutor
from colorizer_tf.base.execution.spark.bundler import Bundler
from colorizer_tf.batch.index import INDEX_NAME
from colorizer_tf.cli.main import main
from tests.drawing import write_photos
from tests.records.packing import tarred, zipped

ROOT = Path(__file__).parents[3]
SETTINGS = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1"}


def reason_to_skip():
    if not importlib.util.find_spec("pyspark"):
        return 'needs pip install "colorizer-tf[spark]"'
    return "" if shutil.which("java") else "needs Java 17: apt install openjdk-17-jre-headless"


def on_spark(test):
    skip = pytest.mark.skipif(bool(reason_to_skip()), reason=reason_to_skip() or "there")
    return pytest.mark.spark(skip(test))


@pytest.fixture(autouse=True)
def machine(monkeypatch):
    """Loopback, and the package and tests of this tree for the processes that Spark starts."""
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != INDEX_NAME
    }


@on_spark
def test_a_record_set_is_the_local_engine_s_to_the_byte(tmp_path):
    for seed, name in enumerate(["a", "b", "c", "d"]):
        write_photos(tmp_path / name, 30, seed)
    (tmp_path / "a" / "broken.jpg").write_bytes(b"no photo")
    sources = [
        tmp_path / "a",
        zipped(tmp_path / "b", tmp_path / "b.zip"),
        tarred(tmp_path / "c", tmp_path / "c.tar"),
        tarred(tmp_path / "d", tmp_path / "d.tar.gz", "w:gz"),
    ]
    options = RecordOptions(size=32, shard_size=16)
    expected = build_records(sources, tmp_path / "here", options, workers=1, progress=False)
    spark = SparkExecutor("local[2]", SETTINGS, initializer=use_one_core)
    # The second time in a new Spark application.
    for name in ("there", "again"):
        found = build_records(sources, tmp_path / name, options, workers=spark, progress=False)
        assert found == expected
        assert sum(found["records"].values()) == 120
        assert contents(tmp_path / name) == contents(tmp_path / "here")


def report_of(path):
    """A report but for times, and the folder of outputs."""
    report = json.loads(path.read_text())
    for each in report["files"]:
        each["seconds"] = 0
        each["output"] = each["output"] and each["output"].partition("/")[2]
    return report["model"], report["files"], report["totals"]["done"]


@on_spark
def test_colorize_makes_the_same_files_and_report_and_goes_on(tmp_path, saved_model, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--conf spark.ui.enabled=false pyspark-shell")
    write_photos(Path("tree"), 12)
    Path("tree", "bad.jpg").write_bytes(b"no photo")
    with zipfile.ZipFile("album.zip", "w") as album:
        for path in write_photos(Path("more"), 4, seed=1):
            album.write(path, f"inside/{path.name}")
    words = ["colorize", "tree", "album.zip", "gone.jpg", "--model", str(saved_model), "--quiet"]
    spark = ["--engine", "spark", "--master", "local[2]"]
    assert main([*words, "--out", "here", "--report", "here.json"]) == 1
    assert main([*words, "--out", "there", "--report", "there.json", *spark]) == 1
    assert contents(Path("there")) == contents(Path("here"))
    assert len(contents(Path("there"))) == 13
    assert report_of(Path("there.json")) == report_of(Path("here.json"))

    # Either engine goes on where the other stopped; with nothing to do Spark is not even started.
    Path("tree", "bad.jpg").unlink()
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--no-such-flag pyspark-shell")
    words.remove("gone.jpg")
    for flags in ([], spark):
        assert main([*words, "--out", "there", "--report", "again.json", *flags]) == 0
        statuses = {each["status"] for each in json.loads(Path("again.json").read_text())["files"]}
        assert statuses == {"skipped"}


def square(marks, number):
    """A process that is killed at 5, the first time; errors at -1 and 0."""
    mark = marks / f"{number}-{os.getpid()}-{os.urandom(4).hex()}"
    mark.touch()
    if number == 5 and len(list(marks.glob("5-*"))) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    if number < 0:
        raise ColorizerError(f"{number} has no place here")
    1 / number
    return number**2


@on_spark
def test_lost_work_is_done_again_and_errors_tell(tmp_path):
    work = functools.partial(square, tmp_path)
    with SparkExecutor("local[2,4]", SETTINGS) as executor:
        results = dict(executor.map_unordered(work, range(1, 101), 100))
        assert results == {number: (number + 1) ** 2 for number in range(100)}
        assert len(list(tmp_path.glob("5-*"))) == 2

        # A mistake of the user's is told as it is, and not tried again.
        with pytest.raises(ColorizerError, match=r"^-1 has no place here$"):
            list(executor.map_unordered(work, [-1], 1))
        assert len(list(tmp_path.glob("-1-*"))) == 1
        with pytest.raises(ColorizerError, match=r"ZeroDivisionError.*run the same command again"):
            list(executor.map_unordered(work, [0], 1))
        assert len(list(tmp_path.glob("0-*"))) == 4


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--master", "local[2]"], "--master is for --engine spark"),
        (["--engine", "spark", "--workers", "2"], "spark.cores.max"),
        (["--engine", "spark", "--master", "sc://host"], "Spark Connect"),
    ],
)
@pytest.mark.parametrize("command", ["build-records", "colorize"])
def test_flags_that_contradict_each_other(command, words, told, tmp_path, saved_model, capsys):
    write_photos(tmp_path / "photos", 2)
    words = [command, str(tmp_path / "photos"), "--out", str(tmp_path / "out"), *words]
    if command == "colorize":
        words += ["--model", str(saved_model)]
    assert main(words) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_is_missing_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    with pytest.raises(ColorizerError, match=r"no Java in .*openjdk-17"):
        SparkExecutor().__enter__()
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ColorizerError, match=r"colorizer-tf\[spark\]"):
        SparkExecutor().__enter__()


def test_spark_connect_is_refused():
    with pytest.raises(UsageError, match="spark://HOST:7077"):
        SparkExecutor("sc://somewhere:15002")


def test_bundles_grow_until_they_take_seconds():
    bundler = Bundler(range(20_000), 20_000)
    probes = bundler.take(cores=4)
    assert [(first, list(bundle)) for first, bundle in probes] == [(n, [n]) for n in range(4)]
    done, sizes = 4, []
    while bundles := bundler.take(cores=4):
        assert bundles[0][0] == done
        bundler.learn(len(bundles[0][1]), 0.01 * len(bundles[0][1]))
        done += sum(len(bundle) for _, bundle in bundles)
        sizes += [len(bundle) for _, bundle in bundles]
    assert done == 20_000
    # Of 10 ms each, 200 make 2 seconds; toward the end fewer, but never none worth it.
    assert max(sizes) == 200
    full = sizes.index(200)
    assert sorted(sizes[:full]) == sizes[:full]
    assert sorted(sizes[full:], reverse=True) == sizes[full:]
    assert min(sizes[full:-1]) == 20


def test_heavy_tasks_stay_alone():
    bundler = Bundler(range(100), 100)
    bundler.take(cores=2)
    bundler.learn(1, 5.0)
    assert {len(bundle) for _, bundle in bundler.take(cores=2)} == {1}
