"""build-records and verify on a zip of 130,000 photos of 128 px, against 60 seconds.

The photos are 8,192 drawn ones, each many times with another number after its end, so that all
files differ. `cpu_seconds` of all processes, halved, is what two idle cores take. `verify` is
measured against reading the shards alone: as plain files from the disk, which are dropped from
memory before, by TensorFlow's reader of records, which checks their checksums too, and as plain
files out of memory.
"""

import os
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from drawn import small_jpegs
from frame import benchmark, medians, ratio, turns

from colorizer_tf import RecordOptions, build_records, verify_records
from colorizer_tf.base.startup import load_tensorflow

DRAWN = 8192
BLOCK_BYTES = 2**20


def measure(
    folder: Path, photos: int = 130_000, workers: int = 2, rounds: int = 2
) -> dict[str, Any]:
    """Seconds and rates of the build; rounds are those of `verify`."""
    archive, out = folder / "photos.zip", folder / "records"
    with zipfile.ZipFile(archive, "w") as target:
        for number, photo in enumerate(numbered(photos)):
            target.writestr(f"photos/{number % 100:02d}/{number:06d}.jpg", photo)
    start, cpu = time.perf_counter(), cpu_seconds()
    build_records([archive], out, RecordOptions(min_chroma=0.01), workers=workers, progress=False)
    seconds, cpu = time.perf_counter() - start, cpu_seconds() - cpu
    shards = sorted(out.glob("*.tfrecord"))
    written = sum(shard.stat().st_size for shard in shards) / 1e6
    tf = load_tensorflow()

    def tensorflow_reader() -> None:
        for shard in shards:
            for _ in tf.data.TFRecordDataset(str(shard), buffer_size=BLOCK_BYTES):
                pass

    def plain() -> None:
        for shard in shards:
            with shard.open("rb", buffering=0) as file:
                while file.read(BLOCK_BYTES):
                    pass

    def verify() -> None:
        assert not verify_records(out)

    def from_disk(read: Callable[[], None]) -> None:
        forget(shards)
        read()

    times = turns({"verify": verify, "tensorflow": tensorflow_reader, "plain": plain}, rounds)
    disk = turns({"verify": lambda: from_disk(verify), "plain": lambda: from_disk(plain)}, rounds)
    return {
        "photos": photos,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "photos_per_second": photos / seconds,
        "megabytes_read_per_second": archive.stat().st_size / 1e6 / seconds,
        "megabytes_written_per_second": written / seconds,
        "verify_megabytes_per_second": written / medians(times)["verify"],
        "disk_megabytes_per_second": written / medians(disk)["plain"],
        "verify_against_reading_from_disk": ratio(disk, "plain", "verify"),
        "verify_against_tensorflow_s_reader": ratio(times, "tensorflow", "verify"),
        "verify_against_plain_reading": ratio(times, "plain", "verify"),
    }


def forget(files: list[Path]) -> None:
    """Drop files from the memory of the system."""
    for file in files:
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def numbered(count: int) -> Iterator[bytes]:
    """Files that differ."""
    drawn = small_jpegs(min(count, DRAWN))
    return (drawn[number % len(drawn)] + number.to_bytes(4) for number in range(count))


def cpu_seconds() -> float:
    """Of this process and of its children that have ended."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    benchmark(
        measure,
        asked={"seconds": "<= 60", "verify_against_reading_from_disk": ">= 0.8"},
    )
