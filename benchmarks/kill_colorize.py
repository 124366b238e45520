"""Kill -9 and full disks: does `colorizer-tf colorize` ever leave a broken file, or lose one?

A tree of photos and a zip of photos are colored by the command itself, which is killed at random
moments and run again, until it was killed so often; each time it gets to its end it starts over in
an empty folder. After each kill every file there must be, byte for byte, what an undisturbed run
writes, and none may have gone. Then the same on a disk too small for it, a tmpfs where this user
may mount one, which is made larger until all fits. The moment of a kill is drawn evenly over what
is left of the run, its start included.
"""

import random
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from drawn import draw_jpegs
from frame import benchmark
from models import tiny_model

INDEX = ".colorizer-tf.jsonl"
SIDES = (400, 600)


def make_photos(folder: Path, count: int) -> list[str]:
    """A tree of photos, and a zip of as many."""
    paths = draw_jpegs(folder / "tree", count, *SIDES)
    with zipfile.ZipFile(folder / "album.zip", "w") as archive:
        for number, path in enumerate(paths):
            archive.write(path, f"{number % 3}/{path.name}")
            place = folder / "tree" / str(number % 5) / path.name
            place.parent.mkdir(exist_ok=True)
            path.rename(place)
    return [str(folder / "tree"), str(folder / "album.zip")]


class Command:
    """The command over the photos; `out` is what changes."""

    def __init__(self, model: Path, photos: list[str]) -> None:
        self.words = [sys.executable, "-m", "colorizer_tf", "colorize", *photos, "--quiet"]
        self.words += ["--model", str(model), "--out"]

    def start(self, out: Path) -> "subprocess.Popen[str]":
        return subprocess.Popen([*self.words, str(out)], stderr=subprocess.PIPE, text=True)

    def run(self, out: Path) -> tuple[int, str]:
        """Exit code and errors."""
        process = self.start(out)
        error = process.communicate()[1]
        return process.returncode, error


def contents(folder: Path) -> dict[str, bytes]:
    """What a user sees: the files, without hidden ones."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "/." not in f"/{path.relative_to(folder)}"
    }


def hidden(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob(".*"))


class Checks:
    """Counts of what must not be."""

    def __init__(self, whole: dict[str, bytes]) -> None:
        self.whole = whole
        self.broken = self.lost = self.ends_that_differ = self.leftovers = 0

    def after_a_kill(self, before: dict[str, bytes], now: dict[str, bytes]) -> None:
        self.broken += sum(self.whole.get(name) != content for name, content in now.items())
        self.lost += len(before.keys() - now.keys())

    def at_the_end(self, out: Path) -> None:
        self.ends_that_differ += contents(out) != self.whole
        self.leftovers += hidden(out) != [INDEX]

    def told(self) -> dict[str, int]:
        return {
            "broken_files": self.broken,
            "lost_files": self.lost,
            "ends_that_differ": self.ends_that_differ,
            "ends_with_leftovers": self.leftovers,
        }


def kill_often(
    command: Command, folder: Path, whole: dict[str, bytes], kills: int, seconds: float
) -> dict[str, int]:
    """Kill as often as asked; counts."""
    moments, checks = random.Random(0), Checks(whole)
    done, runs, skipped = 0, 0, 0
    while done < kills:
        out, before = folder / f"out{runs}", {}
        runs += 1
        while True:
            process = command.start(out)
            # Later kills have less left to hit; a run that ends first is checked and starts over.
            wait = moments.uniform(0, seconds) if done < kills else None
            try:
                process.communicate(timeout=wait)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                done += 1
                now = contents(out) if out.is_dir() else {}
                checks.after_a_kill(before, now)
                skipped += len(now) == len(before)
                before = now
                continue
            checks.ends_that_differ += process.returncode != 0
            checks.at_the_end(out)
            break
    return {
        "kills": done,
        "runs_to_the_end": runs,
        "kills_before_a_new_file": skipped,
        **checks.told(),
    }


def fill_disk(command: Command, folder: Path, whole: dict[str, bytes]) -> dict[str, object]:
    """Color onto a disk that is too small, and grow it."""
    disk = folder / "disk"
    disk.mkdir()
    total = sum(map(len, whole.values()))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={total // 8}", "tmpfs", str(disk)]
    if subprocess.run(mount, stderr=subprocess.DEVNULL, check=False).returncode:
        return {"disk": "no tmpfs can be mounted here"}
    checks, before, codes, told = Checks(whole), dict[str, bytes](), [], 0
    out = disk / "out"
    try:
        for eighth in range(1, 40):
            size = f"remount,size={total * eighth // 8}"
            subprocess.run(["mount", "-o", size, str(disk)], check=True)
            code, error = command.run(out)
            codes.append(code)
            now = contents(out)
            checks.after_a_kill(before, now)
            before = now
            if code == 0:
                break
            told += "No space left on device" in error and "free some space" in error
        checks.at_the_end(out)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    full = len(codes) - 1
    return {
        "full_disks": full,
        "exit_codes": sorted(set(codes)),
        "clear_errors": told,
        **checks.told(),
    }


def measure(folder: Path, kills: int = 50, photos: int = 150) -> dict[str, object]:
    """Counts of what must not be: after kills, and on full disks."""
    command = Command(tiny_model(folder / "model"), make_photos(folder, photos))
    start = time.monotonic()
    code, error = command.run(folder / "undisturbed")
    seconds = time.monotonic() - start
    if code:
        sys.exit(error)
    whole = contents(folder / "undisturbed")
    killed = kill_often(command, folder, whole, kills, seconds)
    full = fill_disk(command, folder, whole)
    return {"undisturbed_s": seconds, "files": len(whole), **killed, "disk_full": full}


if __name__ == "__main__":
    benchmark(measure, asked=dict.fromkeys(Checks({}).told(), "== 0"))
