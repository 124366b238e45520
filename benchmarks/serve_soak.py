"""`colorizer-tf serve` with honest and hostile clients together: are the honest ones served?

Honest clients color photos through the API and the page. Each hostile client repeats one behavior:
slow uploads, interrupted ones, files that are too large, damaged or no photos, answers that are
never read, wrong values, requests that are not HTTP. Measured are the honest clients' failures and
waiting times, the server's failures, and its memory and open files at the end against those after
a quarter of the time, when its caches are full.
"""

import collections
import contextlib
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drawn import draw_jpegs
from frame import benchmark, megabytes
from models import tiny_model
from serve_load import SIDE, Client

SLOW_PAUSE, SLOW_SECONDS = 0.5, 30.0
UNREAD_SECONDS = 5.0
LARGE_BYTES = 64 * 2**20
HEAD = "POST {} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{}Content-Length: {}\r\n\r\n"
FORM = "Content-Type: multipart/form-data; boundary=x\r\n"
PART = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
# A PNG header of 100,000 x 100,000 pixels.
HUGE_PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000186a0000186a00802000000bd8d0d12")


class HostileClient:
    """One client that misbehaves in one way; counts the statuses of its answers."""

    def __init__(self, port: int, photo: bytes) -> None:
        self.port, self.photo = port, photo
        self.statuses: collections.Counter[str] = collections.Counter()

    def behaviors(self) -> list[Callable[[], None]]:
        """All ways of misbehaving."""
        return [
            *(self.slow_upload, self.slow_form, self.slow_page_upload, self.interrupt),
            *(self.send_too_much, self.send_damaged, self.never_read, self.send_wrong_requests),
        ]

    def run(self, behavior: Callable[[], None], until: float) -> None:
        """Misbehave again and again."""
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                behavior()
            time.sleep(0.2)

    def _open(self, body: bytes, length: int, path: str, headers: str = "") -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection.sendall(HEAD.format(path, headers, length).encode() + body)
        return connection

    def _post(self, body: bytes, path: str = "/api/colorize", headers: str = "") -> None:
        with self._open(body, len(body), path, headers) as connection:
            self._read_status(connection)

    def _read_status(self, connection: socket.socket) -> None:
        answer = connection.recv(2**16)
        self.statuses[answer[9:12].decode("latin-1") or "closed"] += 1
        while connection.recv(2**16):
            pass

    def _trickle(self, path: str, headers: str = "", body: bytes = b"") -> None:
        with self._open(body, 2**20, path, headers) as connection:
            until = time.monotonic() + SLOW_SECONDS
            with contextlib.suppress(OSError):
                while time.monotonic() < until:
                    connection.sendall(b"-")
                    time.sleep(SLOW_PAUSE)
            self._read_status(connection)

    def slow_upload(self) -> None:
        """A body of a few bytes a second."""
        self._trickle("/api/colorize", body=self.photo[:1000])

    def slow_form(self) -> None:
        """The same in a form."""
        self._trickle("/api/colorize", FORM, PART)

    def slow_page_upload(self) -> None:
        """The same through the page's upload."""
        self._trickle("/gradio_api/upload", FORM, PART)

    def interrupt(self) -> None:
        """Half of a photo, then nothing more."""
        for path, headers, start in (
            ("/api/colorize", "", b""),
            ("/gradio_api/upload", FORM, PART),
        ):
            body = start + self.photo[: len(self.photo) // 2]
            self._open(body, len(self.photo) + len(PART), path, headers).close()

    def send_too_much(self) -> None:
        """A file over the limit."""
        self._post(bytes(LARGE_BYTES))

    def send_damaged(self) -> None:
        """Files that are no photos, cut photos, and a photo that claims to be huge."""
        half = self.photo[: len(self.photo) // 2]
        for body in (b"", b"no photo", os.urandom(2**16), half, HUGE_PNG, b"\xff\xd8" * 1000):
            self._post(body)

    def never_read(self) -> None:
        """A photo whose answer is not read."""
        with self._open(self.photo, len(self.photo), "/api/colorize?format=png"):
            time.sleep(UNREAD_SECONDS)

    def send_wrong_requests(self) -> None:
        """Wrong values, other files of the server, and requests that are not HTTP."""
        for query in ("size=0", "size=-1", "strength=nan", "model=../..", "format=exe"):
            self._post(self.photo, f"/api/colorize?{query}")
        self._post(b"[" * 10_000, "/gradio_api/queue/join")
        self._post(b"x", "/gradio_api/file=/etc/passwd")
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(os.urandom(1000) + b"\r\n\r\n")
            self._read_status(connection)


class HonestClient(Client):
    """A client of `serve_load` that also notes how long each photo took."""

    def __init__(self, address: str, photos: list[bytes]) -> None:
        super().__init__(address, photos)
        self.seconds: list[float] = []

    def by_api(self, photo: bytes) -> None:
        """As in `serve_load`."""
        start = time.monotonic()
        super().by_api(photo)
        self.seconds.append(time.monotonic() - start)


def open_files(process: int) -> int:
    """Open file descriptors of a process; 0 if it is gone."""
    try:
        return sum(1 for _ in Path(f"/proc/{process}/fd").iterdir())
    except OSError:
        return 0


def soak(
    address: str, photos: list[bytes], process: int, seconds: float, honest: int, hostile: int
) -> dict[str, Any]:
    """The figures of one soak."""
    until = time.monotonic() + seconds
    port = int(address.rpartition(":")[2])
    clients = [HonestClient(address, photos) for _ in range(honest)]
    attackers = [HostileClient(port, photos[0]) for _ in range(hostile)]
    targets: list[tuple[Callable[..., None], tuple[Any, ...]]] = [
        (each.visit, ("by_api" if number % 4 else "by_page", until))
        for number, each in enumerate(clients)
    ]
    for number, each in enumerate(attackers):
        behaviors = each.behaviors()
        targets.append((each.run, (behaviors[number % len(behaviors)], until)))
    threads = [threading.Thread(target=run, args=args, daemon=True) for run, args in targets]
    for thread in threads:
        thread.start()
    time.sleep(seconds / 4)
    early, early_files = megabytes(process), open_files(process)
    for thread in threads:
        thread.join()
    answers = sum((each.answers for each in clients), collections.Counter())
    statuses = sum((each.statuses for each in attackers), collections.Counter())
    errors = {name: count for name, count in answers.items() if name.startswith("error")}
    waits = sorted(second for each in clients for second in each.seconds) or [0.0]
    late = megabytes(process)
    return {
        "minutes": seconds / 60,
        "honest": honest,
        "hostile": hostile,
        "photos": answers["by_api"] + answers["by_page"],
        "through_the_page": answers["by_page"],
        "seconds_median": statistics.median(waits),
        "seconds_99_percent": waits[int(0.99 * (len(waits) - 1))],
        "busy": answers["busy"],
        "errors": sum(errors.values()),
        "of_the_errors": errors,
        "hostile_statuses": dict(sorted(statuses.items())),
        "server_failures": statuses["500"],
        "megabytes_early": early,
        "megabytes_at_the_end": late,
        "ratio": late / early if early else 0.0,
        "open_files_early": early_files,
        "open_files_at_the_end": open_files(process),
    }


def measure(
    folder: Path,
    model: Path | None = None,
    minutes: float = 30.0,
    honest: int = 6,
    hostile: int = 24,
) -> dict[str, Any]:
    """The soak; the model is a tiny one unless given."""
    photos = [path.read_bytes() for path in draw_jpegs(folder / "drawn", 8, SIDE)]
    command = [sys.executable, "-m", "colorizer_tf", "serve", "--model"]
    command += [str(model or tiny_model(folder / "model")), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        found = soak(address, photos, process.pid, minutes * 60, honest, hostile)
        found["survived"] = int(process.poll() is None)
        process.terminate()
    return found


if __name__ == "__main__":
    benchmark(
        measure,
        asked={"errors": "== 0", "server_failures": "== 0", "survived": "== 1", "ratio": "<= 1.2"},
    )
