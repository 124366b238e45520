"""`colorizer-tf serve` under load: errors, rate, and is its memory flat?

So many clients at once, a quarter of them through the page's own requests (upload, queue, answer
and download), the others through POST /api/colorize, for so many seconds. Only "busy" (503) is no
error. The measure is the server's resident memory at the end against that after 30 seconds.
"""

import collections
import http.client
import json
import re
import secrets
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from drawn import draw_jpegs
from frame import benchmark, megabytes
from models import tiny_model

SIDE = 1200
WARM_SECONDS = 30
BUSY = 503


class Client:
    """One visitor: its requests one after the other, and what became of them."""

    def __init__(self, address: str, photos: list[bytes]) -> None:
        self.place, self.photos = urlsplit(address), photos
        self.answers: collections.Counter[str] = collections.Counter()

    def request(self, method: str, path: str, body: bytes = b"", kind: str = "") -> bytes:
        """The body of an answer."""
        connection = http.client.HTTPConnection(self.place.hostname, self.place.port, timeout=60)
        headers = {"Content-Type": kind} if kind else {}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RefusedError(answer.status, content[:200])
        return content

    def by_api(self, photo: bytes) -> None:
        """Color a photo through the API."""
        content = self.request("POST", "/api/colorize", photo)
        assert content[:3] == b"\xff\xd8\xff", content[:100]

    def by_page(self, photo: bytes) -> None:
        """Color a photo as the page does, and download it."""
        form = (
            b'--x\r\nContent-Disposition: form-data; name="files"; filename="photo.jpg"\r\n\r\n'
            b"%s\r\n--x--\r\n" % photo
        )
        uploaded = self.request(
            "POST", "/gradio_api/upload", form, "multipart/form-data; boundary=x"
        )
        config = json.loads(self.request("GET", "/config"))
        colorize = max(config["dependencies"], key=lambda each: len(each["inputs"]))
        file = {"path": json.loads(uploaded)[0], "meta": {"_type": "gradio.FileData"}}
        model = next(each for each in config["components"] if each["type"] == "dropdown")
        session = secrets.token_hex(8)
        data = [[file], model["props"]["value"], 1, False, 64, 1, "same"]
        join = {"data": data, "fn_index": colorize["id"], "session_hash": session}
        self.request(
            "POST", "/gradio_api/queue/join", json.dumps(join).encode(), "application/json"
        )
        events = self.request("GET", f"/gradio_api/queue/data?session_hash={session}").decode()
        found = re.findall(r'"path":\s*"([^"]+photo_colorized\.jpg)"', events)
        if not found:
            raise RefusedError(0, events[-300:].encode())
        content = self.request("GET", f"/gradio_api/file={found[0]}")
        assert content[:3] == b"\xff\xd8\xff", content[:100]

    def visit(self, way: str, until: float) -> None:
        """Ask again and again."""
        number = 0
        while time.monotonic() < until:
            number += 1
            try:
                getattr(self, way)(self.photos[number % len(self.photos)])
                self.answers[way] += 1
            except RefusedError as refused:
                self.answers["busy" if refused.status == BUSY else f"error: {refused}"] += 1
                time.sleep(1)
            except Exception as error:
                self.answers[f"error: {error!r}"] += 1


class RefusedError(Exception):
    """An answer that is no photo."""

    def __init__(self, status: int, content: bytes) -> None:
        super().__init__(f"{status} {content!r}")
        self.status = status


def load(address: str, photos: list[bytes], clients: int, seconds: float, process: int) -> dict:
    """What came of the load."""
    until = time.monotonic() + seconds
    visitors = [Client(address, photos) for _ in range(clients)]
    threads = [
        threading.Thread(
            target=each.visit, args=("by_api" if number % 4 else "by_page", until), daemon=True
        )
        for number, each in enumerate(visitors)
    ]
    for thread in threads:
        thread.start()
    time.sleep(WARM_SECONDS)
    early = megabytes(process)
    for thread in threads:
        thread.join()
    late = megabytes(process)
    answers = sum((each.answers for each in visitors), collections.Counter())
    errors = {name: count for name, count in answers.items() if name.startswith("error")}
    done = answers["by_api"] + answers["by_page"]
    return {
        "photos": done,
        "through_the_page": answers["by_page"],
        "photos_per_second": done / seconds,
        "busy": answers["busy"],
        "errors": sum(errors.values()),
        "of_the_errors": errors,
        f"megabytes_at_{WARM_SECONDS}_s": early,
        "megabytes_at_the_end": late,
        "ratio": late / early,
    }


def measure(
    folder: Path, model: Path | None = None, clients: int = 8, seconds: float = 120.0
) -> dict[str, Any]:
    """The server under load; the model is a tiny one unless given."""
    photos = [path.read_bytes() for path in draw_jpegs(folder / "drawn", 8, SIDE)]
    command = [sys.executable, "-m", "colorizer_tf", "serve", "--model"]
    command += [str(model or tiny_model(folder / "model")), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        address = re.search(r"http://\S+", process.stdout.readline())[0]
        found = load(address, photos, clients, seconds, process.pid)
        process.terminate()
    return found


if __name__ == "__main__":
    benchmark(measure, asked={"errors": "== 0", "ratio": "<= 1.1"})
