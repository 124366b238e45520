"""Damaged image files of every format through `photo_size`, `decode_photo` and `encode_photo`.

Worker processes with a memory limit take the inputs, each made from its number alone: the files of
tests/image_files.py, with bytes, blocks and numbers changed, parts cut, doubled or taken from other
files, and checksums of PNG chunks mended half of the time. What decodes is encoded and decoded
again, metadata and all. The parent looks for a worker that dies (a crash) or takes more processor
time over one input than it may (a hang), writes the input down and lets the rest go on.

An input may end as a photo or as an `ImageError`; "memory" counts those refused for lack of it.
"""

import collections
import multiprocessing
import os
import resource
import struct
import sys
import time
import zlib
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import numpy as np
from frame import benchmark
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images import decode_photo, encode_photo, photo_size
from tests.image_files import by_pillow, drawn, samples

OUTCOMES = ("photo", "refused", "memory", "escaped")
FORMATS = ("jpeg", "png", "webp", "tiff")
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
LARGEST_ENCODED = 2**20


class Worker:
    """A worker process and what it shares: the input in hand, since when, and its counts."""

    def __init__(self, context: multiprocessing.context.SpawnContext) -> None:
        self.context = context
        self.at: Synchronized[int] = context.Value("q", -1)
        self.since: Synchronized[float] = context.Value("d", 0.0)
        self.cpu: Synchronized[float] = context.Value("d", 0.0)
        self.counts = context.Array("q", len(OUTCOMES))
        self.slowest: Synchronized[float] = context.Value("d", 0.0)
        self.peak: Synchronized[int] = context.Value("q", 0)
        self.process: multiprocessing.context.SpawnProcess | None = None

    def start(self, numbers: range, memory: float, keep: Path | None) -> None:
        """Begin at the first of these inputs."""
        self.at.value, self.since.value, self.cpu.value = numbers.start, time.monotonic(), 0.0
        shared = (self.at, self.since, self.cpu, self.counts, self.slowest, self.peak)
        self.process = self.context.Process(target=work, args=(numbers, memory, keep, *shared))
        self.process.start()

    def is_late(self, seconds: float) -> bool:
        """Whether the input in hand has had this much processor time, or waited ten times as long.

        On a busy machine a sound input may wait for long.
        """
        with Path(f"/proc/{self.process.pid}/stat").open() as file:
            ticks = file.read().rpartition(")")[2].split()[11:13]
        used = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK") - self.cpu.value
        return used > seconds or time.monotonic() - self.since.value > 10 * seconds


def measure(
    inputs: int = 100_000,
    first: int = 0,
    workers: int = 2,
    seconds: float = 20.0,
    memory: float = 3.0,
    keep: Path | None = None,
) -> dict[str, object]:
    """Run workers of so many GiB over inputs, so many processor seconds each, and count.

    Inputs that found something are written to the folder `keep`.
    """
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    crew = [Worker(context) for _ in range(workers)]
    end, found = first + inputs, collections.defaultdict(list)
    for number, worker in enumerate(crew):
        worker.start(range(first + number, end, workers), memory, keep)
    running = list(crew)
    while running:
        time.sleep(0.2)
        for worker in list(running):
            process = worker.process
            if process.is_alive() and not worker.is_late(seconds):
                continue
            if not process.is_alive() and process.exitcode == 0:
                running.remove(worker)
                continue
            found["hangs" if process.is_alive() else "crashes"].append(worker.at.value)
            process.kill()
            process.join()
            if keep:
                save(keep, worker.at.value)
            worker.start(range(worker.at.value + workers, end, workers), memory, keep)
    totals = np.sum([list(worker.counts) for worker in crew], axis=0).tolist()
    return {
        "inputs": inputs,
        "files": len(originals()),
        **dict(zip(OUTCOMES, totals, strict=True)),
        "crashes": len(found["crashes"]),
        "hangs": len(found["hangs"]),
        "found": found["crashes"] + found["hangs"],
        "slowest_cpu_s": max(worker.slowest.value for worker in crew),
        "peak_mib": max(worker.peak.value for worker in crew) // 1024,
    }


def work(
    numbers: range,
    memory: float,
    keep: Path | None,
    at: "Synchronized[int]",
    since: "Synchronized[float]",
    cpu: "Synchronized[float]",
    counts: list[int],
    slowest: "Synchronized[float]",
    peak: "Synchronized[int]",
) -> None:
    """Take the inputs of these numbers, one after the other."""
    # Libraries tell the terminal what is wrong with a file: 100,000 times.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    limit = int(memory * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    files = originals()
    for number in numbers:
        at.value, since.value, cpu.value = number, time.monotonic(), time.process_time()
        outcome = tried(damaged(files, number), number)
        counts[OUTCOMES.index(outcome)] += 1
        if outcome == "escaped" and keep:
            save(keep, number)
        slowest.value = max(slowest.value, time.process_time() - cpu.value)
        peak.value = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def tried(data: bytes, number: int) -> str:
    """What became of an input."""
    try:
        photo_size(data)
        photo = decode_photo(data)
        pixels = photo.pixels
        if pixels.size <= LARGEST_ENCODED:
            rgb = pixels if pixels.ndim == 3 else np.dstack([pixels] * 3)
            name = FORMATS[number % len(FORMATS)]
            again = decode_photo(
                encode_photo(rgb, name, like=photo, quality=75, made_by=f"model {number}")
            )
            if again.pixels.shape != rgb.shape:
                return "escaped"
    except ImageError as error:
        return "memory" if "memory" in str(error) else "refused"
    except MemoryError:
        return "memory"
    except Exception:
        return "escaped"
    return "photo"


def originals() -> list[bytes]:
    """Good files: all formats, and some with all metadata."""
    files = [sample.data for sample in samples()]
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x011A] = 6, "a meadow", 300.0
    exif.get_ifd(0x8769)[0x9003] = "2001:02:03 04:05:06"
    exif.get_ifd(0x8769)[0x927C] = b"maker" * 20
    exif.get_ifd(0x8825)[1] = "N"
    xmp = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
        b'xmp:Rating="4" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
    )
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF"):
        options = {"xmp": xmp} if kind in ("JPEG", "WEBP", "AVIF") else {}
        files += [by_pillow(drawn(), kind, exif=exif, icc_profile=profile, **options)] * 3
    return files + heics()


def heics() -> list[bytes]:
    """HEIC files, where pillow-heif is installed."""
    try:
        import pillow_heif
    except ImportError:
        return []
    import io

    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(drawn())).save(buffer, quality=60)
    return [buffer.getvalue()] * 3


def damaged(files: list[bytes], number: int) -> bytes:
    """The input of this number."""
    rng = np.random.default_rng(number)
    data = bytearray(files[rng.integers(len(files))])
    for _ in range(int(rng.geometric(0.5))):
        # Heads hold sizes and tables: half of the damage goes there.
        reach = min(len(data), 200) if rng.random() < 0.5 else len(data)
        place = int(rng.integers(max(reach, 1)))
        kind = rng.integers(7)
        if kind == 0:
            data[place : place + 1] = bytes([int(rng.integers(256))])
        elif kind == 1 and data:
            data[min(place, len(data) - 1)] ^= 1 << int(rng.integers(8))
        elif kind == 2:
            order = "<>"[rng.integers(2)]
            value = NUMBERS[rng.integers(len(NUMBERS))]
            packed = struct.pack(order + "I", value)
            data[place : place + 4] = packed if rng.random() < 0.6 else packed[:2]
        elif kind == 3:
            del data[place : place + int(rng.integers(1, 64))]
        elif kind == 4:
            data[place:place] = data[place : place + int(rng.integers(1, 256))]
        elif kind == 5:
            other = files[rng.integers(len(files))]
            start = int(rng.integers(len(other)))
            data[place : place + 40] = other[start : start + int(rng.integers(1, 80))]
        elif rng.random() < 0.3:
            del data[place:]
    return mended(data) if rng.random() < 0.5 else bytes(data)


def mended(data: bytearray) -> bytes:
    """PNG chunks with the checksums of what they hold now."""
    at = 8
    while data.startswith(b"\x89PNG") and at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        end = at + 8 + size
        if end + 4 > len(data):
            break
        struct.pack_into(">I", data, end, zlib.crc32(data[at + 4 : end]))
        at = end + 4
    return bytes(data)


def save(folder: Path, number: int) -> None:
    """Write an input down."""
    (folder / f"{number}.bin").write_bytes(damaged(originals(), number))


if __name__ == "__main__":
    benchmark(measure, asked=dict.fromkeys(("crashes", "hangs", "escaped"), "== 0"))
