"""Two machines on Spark, one of which dies in mid-job: are the bytes those of one machine?

A standalone master and two workers on loopback, from the wheel of pyspark alone. `build-records`
and `colorize` run as commands, first here with processes and threads, then on Spark; once a part of
the files is there, one of the two workers is killed with its executor. The job must end by itself,
with the bytes that were made here, the same report, and nothing left behind.
"""

import contextlib
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from drawn import draw_jpegs, small_jpegs, unpacked, zipped
from frame import benchmark

PATIENCE_S = 900


def missing() -> str:
    """What is not there that Spark needs, else empty."""
    if not importlib.util.find_spec("pyspark"):
        return "pyspark is missing: pip install 'colorizer-tf[spark]'"
    if not shutil.which("java"):
        return "Java is missing: apt install openjdk-17-jre-headless"
    return ""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Cluster:
    """A master and its workers; a context."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder, self.count = folder, workers
        self.master = f"spark://127.0.0.1:{free_port()}"
        self.processes: list[subprocess.Popen[bytes]] = []
        conf = "spark.executor.memory=512m spark.driver.host=127.0.0.1 spark.ui.enabled=false"
        given = " ".join(f"--conf {each}" for each in conf.split())
        self.environment = os.environ | {
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_SUBMIT_ARGS": f"{given} pyspark-shell",
        }

    def __enter__(self) -> "Cluster":
        port = self.master.rpartition(":")[2]
        try:
            self.start("master.Master", "--port", port)
            self.until_said(0, "I have been elected leader")
            for _ in range(self.count):
                self.add_worker()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for each in self.processes:
            self.kill(each)

    def add_worker(self) -> None:
        number = len(self.processes)
        place = ["--work-dir", str(self.folder / f"worker{number}")]
        self.start("worker.Worker", self.master, "--cores", "1", "--memory", "1g", *place)
        self.until_said(number, "Successfully registered with master")

    def start(self, name: str, *words: str) -> None:
        import pyspark

        command = [str(Path(pyspark.__file__).parent / "bin" / "spark-class")]
        command += [f"org.apache.spark.deploy.{name}", "--host", "127.0.0.1", "--webui-port", "0"]
        with self.log(len(self.processes)).open("wb") as log:
            process = subprocess.Popen(
                [*command, *words],
                env=self.environment,
                stdout=log,
                stderr=log,
                # A group of its own, which the executors it starts belong to.
                start_new_session=True,
            )
        self.processes.append(process)

    def log(self, number: int) -> Path:
        return self.folder / f"log{number}"

    def until_said(self, number: int, words: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while words not in self.log(number).read_text("utf-8", "replace"):
            if time.monotonic() > end or self.processes[number].poll() is not None:
                sys.exit(self.log(number).read_text("utf-8", "replace"))
            time.sleep(0.2)

    def lose_worker(self) -> None:
        """As a machine goes: the last worker and its executor at once, without a word."""
        self.kill(self.processes[-1])

    def tasks_lost(self) -> int:
        """What the executor of the last worker had begun and not ended, by its log."""
        logs = (self.folder / f"worker{len(self.processes) - 1}").glob("app-*/*/stderr")
        text = "".join(log.read_text("utf-8", "replace") for log in logs)
        return text.count("Running task") - text.count("Finished task")

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run(words: list[str]) -> float:
    """Seconds of a command here."""
    start = time.monotonic()
    subprocess.run([sys.executable, "-m", "colorizer_tf", *words, "--quiet"], check=True)
    return round(time.monotonic() - start, 1)


def run_and_lose(cluster: Cluster, words: list[str], out: Path, total: int) -> dict[str, object]:
    """A command on the cluster, which loses a worker when a part of the files is there."""
    spark = ["--engine", "spark", "--master", cluster.master, "--quiet"]
    command = [sys.executable, "-m", "colorizer_tf", *words, *spark]
    start, log = time.monotonic(), cluster.folder / "driver.log"
    with log.open("wb") as file:
        process = subprocess.Popen(command, env=cluster.environment, stderr=file)
    while process.poll() is None and len(contents(out)) < total // 4:
        time.sleep(0.05)
    there = len(contents(out))
    cluster.lose_worker()
    running = process.poll() is None
    code = process.wait(PATIENCE_S)
    told = log.read_text("utf-8", "replace")
    if code:
        sys.exit(told)
    return {
        "files_at_the_kill": there,
        "killed_in_mid_job": running and there < total,
        "executors_lost": len(set(re.findall(r"Lost executor (\d+)", told))),
        "tasks_lost_with_it": cluster.tasks_lost(),
        "seconds": round(time.monotonic() - start, 1),
    }


def contents(folder: Path) -> dict[str, bytes]:
    """What a user sees: the files, without hidden ones."""
    return dict(_files(folder, hidden=False))


def leftovers(folder: Path) -> list[str]:
    """Hidden files but the index."""
    found = (name for name, _ in _files(folder, hidden=True))
    return sorted(name for name in found if not name.endswith(".colorizer-tf.jsonl"))


def _files(folder: Path, *, hidden: bool) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if ("/." in f"/{name}") == hidden:
            with contextlib.suppress(OSError):  # renamed meanwhile
                if path.is_file():
                    yield name, path.read_bytes()


def build(cluster: Cluster, folder: Path, count: int) -> dict[str, object]:
    """`build-records` over a zip and a folder."""
    photos = small_jpegs(count)
    archive = zipped(photos[: count // 2], folder / "photos.zip")
    tree = unpacked(photos[count // 2 :], folder / "more")
    words = ["build-records", str(archive), str(tree), "--shard-size", "64", "--out"]
    alone = run([*words, str(folder / "here")])
    here = contents(folder / "here")
    lost = run_and_lose(cluster, [*words, str(folder / "there")], folder / "there", len(here))
    there = contents(folder / "there")
    return {
        "photos": count,
        "files": len(here),
        "alone_s": alone,
        **lost,
        "same_bytes": there == here,
        "leftovers": leftovers(folder / "there"),
    }


def colorize(cluster: Cluster, folder: Path, count: int, model: str) -> dict[str, object]:
    """`colorize` over a tree."""
    draw_jpegs(folder / "tree", count, 192, 256)
    words = ["colorize", str(folder / "tree"), "--model", model, "--report"]
    alone = run([*words, str(folder / "here.json"), "--out", str(folder / "o1")])
    here = contents(folder / "o1")
    there_words = [*words, str(folder / "there.json"), "--out", str(folder / "o2")]
    lost = run_and_lose(cluster, there_words, folder / "o2", len(here))
    there = contents(folder / "o2")
    return {
        "photos": count,
        "files": len(here),
        "alone_s": alone,
        **lost,
        "same_bytes": there == here,
        "same_report": told(folder / "here.json") == told(folder / "there.json"),
        "leftovers": leftovers(folder / "o2"),
    }


def told(report: Path) -> list[dict[str, object]]:
    """What a report says of each photo, but for the seconds it took and the folder it went to."""
    files = json.loads(report.read_text())["files"]
    for each in files:
        each["seconds"], each["output"] = 0, Path(each["output"]).name
    return files


def measure(folder: Path, photos: int = 4000, model: str = "cnn") -> dict[str, object]:
    """Both jobs with a worker lost on the way; a tenth of the photos is colored."""
    if missing():
        return {"skipped": missing()}
    with Cluster(folder, 2) as cluster:
        built = build(cluster, folder, photos)
        cluster.add_worker()
        colored = colorize(cluster, folder, photos // 10, model)
    same = built["same_bytes"] and colored["same_bytes"] and colored["same_report"]
    return {"build_records": built, "colorize": colored, "as_on_one_machine": same}


if __name__ == "__main__":
    benchmark(measure, asked={"as_on_one_machine": "== 1"})
