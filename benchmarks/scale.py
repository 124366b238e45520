"""What a photo costs: the figures of the cost model in docs/scale.md.

Seconds are those of a processor, so what else the machine does counts little. Of both jobs the pure
functions that every engine maps are timed, in one process and on one core, over JPEGs of 128 px and
of 1 megapixel; then what the driver does and holds for each photo; then, where Spark is there, what
it takes to start and for each of its tasks, its Java program and Python processes together.
"""

import functools
import os
import pickle
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from drawn import draw_jpegs, small_jpegs, unpacked
from frame import benchmark
from spark_cluster import missing

from colorizer_tf.base.execution.processes import use_one_core
from colorizer_tf.batch.finding import find_photos
from colorizer_tf.batch.index import Index
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.plan import Model, plan_run
from colorizer_tf.batch.request import ColorizeRequest, RemoteResult, color_photo
from colorizer_tf.batch.session import WAITING_THREADS
from colorizer_tf.batch.task import PhotoTask
from colorizer_tf.images import read_file
from colorizer_tf.inference import catalog, model_json
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.records import build as builder
from colorizer_tf.records.options import RecordOptions
from colorizer_tf.records.readers import close_readers
from colorizer_tf.records.scan import scan, scan_tasks, select
from colorizer_tf.records.shards import PARTS, plan_shards, write_shard
from colorizer_tf.records.sources import list_sources

OPTIONS = RecordOptions(min_chroma=0.01)
TICKS = os.sysconf("SC_CLK_TCK")
EMPTY_TASKS = 400


def timed(function: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """What it gives, and the processor's seconds."""
    start = time.process_time()
    return function(*arguments), time.process_time() - start


def build(photos: Path, out: Path) -> dict[str, float]:
    """`build-records`, step by step."""
    list_sources([photos])  # loads what it needs
    tracemalloc.start()
    listing, _ = timed(list_sources, [photos])
    count = len(listing.items)
    seen = [each for task in scan_tasks(listing, with_dhash=False) for each in scan(task)]
    chosen, _ = select(listing, seen)
    specs = plan_shards(listing, chosen, OPTIONS)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    close_readers()
    _, listing_s = timed(list_sources, [photos])
    _, scan_s = timed(lambda: [scan(task) for task in scan_tasks(listing, with_dhash=False)])
    _, plan_s = timed(lambda: plan_shards(listing, select(listing, seen)[0], OPTIONS))
    _, hash_s = timed(builder._inputs, listing, seen)
    for place in (out / "first", out):
        (place / PARTS).mkdir(parents=True)
    write_shard(specs[-1], out / "first")  # loads TensorFlow
    results, write_s = timed(lambda: [write_shard(spec, out) for spec in specs])
    close_readers()
    written = sum(result.records for result in results)
    assert written == len(chosen)
    return {
        "photos": count,
        "bytes_a_photo": round(sum(item.size for item in listing.items) / count),
        "scan_ms": scan_s / count * 1e3,
        "write_ms": write_s / written * 1e3,
        "photos_per_core_s": 1 / (scan_s / count + write_s / written),
        "record_bytes": round(sum(result.bytes for result in results) / written),
        "driver_listing_us": listing_s / count * 1e6,
        "driver_planning_us": (plan_s + hash_s) / count * 1e6,
        "driver_bytes": round(held / count),
        "sent_bytes": round(len(pickle.dumps(specs)) / len(chosen)),
    }


def colorize(photos: Path, out: Path, model: Path) -> dict[str, float]:
    """`colorize`, step by step."""
    out.mkdir()
    info = model_json.read_info(model)
    prediction = PredictionRequest().resolved(info)
    named = Model(str(info["name"]), prediction.identity(info))
    options = ColorizeOptions()
    request = ColorizeRequest(model, prediction, "onnx", named.identity, options)
    with Index(out) as index:
        find_photos([photos], out)  # the system has the folder in its cache now
        found, find_s = timed(find_photos, [photos], out)
        planned, plan_s = timed(plan_run, found, out, index.entries, options, named)
        tracemalloc.start()
        kept = find_photos([photos], out)
        kept = [kept, plan_run(kept, out, index.entries, options, named)]
        held = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    tasks = [
        PhotoTask(p.found.path, p.key, _Read(p.found.path), p.size, p.stamp, p.place)
        for p in planned
    ]

    def color(some: list[PhotoTask]) -> list[RemoteResult]:
        with ThreadPoolExecutor(WAITING_THREADS + 1) as pool:
            return list(pool.map(functools.partial(color_photo, request, out), some))

    color(tasks[:4])  # loads the model
    colored, seconds = timed(color, tasks[4:])
    sizes = [each.result.size for each in colored if each.result]
    with Index(out) as index:
        claims = [claim for p in planned for claim in p.place.claims(p.key)]
        _, claim_s = timed(index.claim, claims)
        finished = [each.finished for each in colored if each.finished]
        _, note_s = timed(lambda: [index.finish(each) for each in finished])
    return {
        "photos": len(tasks),
        "bytes_a_photo": round(sum(task.size for task in tasks) / len(tasks)),
        "color_ms": seconds / len(colored) * 1e3,
        "photos_per_core_s": len(colored) / seconds,
        "output_bytes": round(sum(sizes) / len(sizes)),
        "driver_finding_us": find_s / len(tasks) * 1e6,
        "driver_planning_us": (plan_s + claim_s) / len(tasks) * 1e6,
        "driver_noting_us": note_s / len(finished) * 1e6,
        "driver_bytes": round(held / len(kept[0])),
        "sent_bytes": round(len(pickle.dumps(tasks)) / len(tasks)),
    }


class _Read:
    def __init__(self, path: str) -> None:
        self.path = path

    def __call__(self) -> bytes:
        return read_file(Path(self.path))


def spark() -> dict[str, float]:
    """Processor seconds of Spark: to start, and a task."""
    from colorizer_tf.base.execution.spark import SparkExecutor

    executor = SparkExecutor("local[2]", {"spark.ui.enabled": "false"})
    start, wall = time.process_time(), time.monotonic()
    with executor:
        # One by one: empty tasks of an executor's own would be bundled.
        list(executor.map_unordered(abs, range(8), 8))
        started, started_wall = time.process_time() - start + below(), time.monotonic() - wall
        context = executor._context
        # Java compiles what it has run often.
        context.parallelize(range(EMPTY_TASKS), EMPTY_TASKS).map(abs).collect()
        before, wall = time.process_time() + below(), time.monotonic()
        context.parallelize(range(EMPTY_TASKS), EMPTY_TASKS).map(abs).collect()
        spent = time.process_time() + below() - before
        walled = time.monotonic() - wall
    return {
        "start_cpu_s": started,
        "start_wall_s": started_wall,
        "task_cpu_ms": spent / EMPTY_TASKS * 1e3,
        "task_wall_ms": walled / EMPTY_TASKS * 1e3,
    }


def below() -> float:
    """Processor seconds so far of the processes that this one started, and theirs."""
    parents, spent = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            # Its own, and those of its children that have ended.
            spent[int(entry.name)] = sum(map(int, fields[11:15])) / TICKS
    return sum(seconds for process, seconds in spent.items() if _is_below(process, parents))


def _is_below(process: int, parents: dict[int, int]) -> bool:
    while process in parents:
        process = parents[process]
        if process == os.getpid():
            return True
    return False


def measure(
    folder: Path, photos: int = 4000, large: int = 60, model: str = "cnn"
) -> dict[str, Any]:
    """The costs of photos of 128 px, of large ones of 1152 x 864, and of Spark."""
    use_one_core()
    path = catalog.find_model(model)
    files = small_jpegs(photos)
    sources = {"small": unpacked(files, folder / "small"), "large": folder / "large"}
    draw_jpegs(sources["large"], large, 864, 1152)
    told = {f"build_{n}": build(source, folder / f"records-{n}") for n, source in sources.items()}
    sources["small"] = unpacked(files[: photos // 4], folder / "few")
    for name, source in sources.items():
        told[f"colorize_{name}"] = colorize(source, folder / f"colored-{name}", path)
    return told if missing() else told | {"spark": spark()}


if __name__ == "__main__":
    benchmark(measure)
