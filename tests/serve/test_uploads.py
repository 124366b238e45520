"""Uploads over loopback: slow, interrupted, oversized and multipart ones."""

import contextlib
import io
import shutil
import socket
import subprocess
import time
import urllib.request

import numpy as np
import pytest
from PIL import Image

from tests.drawing import draw_photo
from tests.serve.conftest import listening

pytest.importorskip("gradio", reason="needs the extra web")
from colorizer_tf.serve import uploads

HEAD = b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n%s\r\n"
FORM = b"Content-Type: multipart/form-data; boundary=x\r\n"
PART = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'


@pytest.fixture
def photo(rng):
    buffer = io.BytesIO()
    Image.fromarray(draw_photo(rng)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def begin():
    """Opens connections that send the head of a request and the start of its body."""
    with contextlib.ExitStack() as opened:

        def open_one(port, length, body=b"", path=b"/api/colorize", headers=b""):
            address = ("127.0.0.1", port)
            connection = opened.enter_context(socket.create_connection(address, timeout=20))
            connection.sendall(HEAD % (path, length, headers) + body)
            return connection

        yield open_one


def answer_of(connection):
    """All that the server sends until it closes the connection."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def colorize(port, photo):
    address = f"http://127.0.0.1:{port}/api/colorize"
    with urllib.request.urlopen(address, photo, timeout=20) as answer:
        return answer.read()


def pixels(content):
    return np.asarray(Image.open(io.BytesIO(content)))


def test_slow_uploads_do_not_hold_up_others(visit, photo, begin):
    web = visit(at_once=2, waiting=1)
    with listening(web.app) as port:
        for length in [len(photo)] * 30 + [2**20] * 10:
            begin(port, length, photo[:20])
        begin(port, 2**20, PART, b"/gradio_api/upload", FORM)
        for _ in range(3):
            start = time.monotonic()
            assert pixels(colorize(port, photo)).shape == pixels(photo).shape
            assert time.monotonic() - start < uploads.WINDOW_SECONDS


@pytest.mark.parametrize(
    ("path", "headers", "body"),
    [
        (b"/api/colorize", b"", b""),
        (b"/api/colorize", FORM, PART),
        (b"/gradio_api/upload", FORM, PART),
        (b"/gradio_api/queue/join", b"", b""),
    ],
)
def test_an_upload_below_the_minimum_rate_is_refused(
    visit, photo, begin, monkeypatch, path, headers, body
):
    monkeypatch.setattr(uploads, "WINDOW_SECONDS", 0.5)
    with listening(visit().app) as port:
        start = time.monotonic()
        slow = begin(port, 10_000, body, path, headers)
        with contextlib.suppress(OSError):
            for _ in range(50):
                slow.sendall(b"-")
                time.sleep(0.05)
        assert time.monotonic() - start > 0.5
        answer = answer_of(slow)
        assert answer.startswith(b"HTTP/1.1 408")
        assert b"too slow" in answer
        colorize(port, photo)


def test_a_fast_start_does_not_allow_a_slow_rest(visit, begin, monkeypatch):
    monkeypatch.setattr(uploads, "WINDOW_SECONDS", 0.5)
    with listening(visit().app) as port:
        start = time.monotonic()
        answer = answer_of(begin(port, 5_000_000, bytes(4_000_000)))
        assert answer.startswith(b"HTTP/1.1 408")
        assert time.monotonic() - start < 10


def test_a_steady_upload_may_take_longer_than_the_window(visit, begin, monkeypatch):
    monkeypatch.setattr(uploads, "WINDOW_SECONDS", 1.0)
    monkeypatch.setattr(uploads, "_WINDOW_BYTES", 10)
    with listening(visit().app) as port:
        start = time.monotonic()
        steady = begin(port, 100, headers=b"Connection: close\r\n")
        for _ in range(10):
            time.sleep(0.2)
            steady.sendall(bytes(10))
        answer = answer_of(steady)
        assert time.monotonic() - start > 1.5
        assert answer.startswith(b"HTTP/1.1 415")


def test_when_memory_for_uploads_is_used_up_the_oldest_gives_way(visit, photo, begin):
    web = visit(max_megabytes=1)
    with listening(web.app) as port:
        filled = [begin(port, 2**20, bytes(2**20 - 10_000)) for _ in range(9)]
        time.sleep(0.5)
        colorize(port, photo)
        for each in filled:
            each.sendall(bytes(10_000))
        statuses = [each.recv(12)[-3:] for each in filled]
    assert statuses == [b"503"] + [b"415"] * 8


def test_an_interrupted_upload_costs_no_place_and_logs_nothing(visit, photo, begin, caplog):
    web = visit(at_once=1, waiting=0)
    with listening(web.app) as port:
        for _ in range(5):
            begin(port, len(photo), photo[:-1]).close()
            begin(port, len(photo), PART + b"-", b"/gradio_api/upload", FORM).close()
        time.sleep(0.2)
        colorize(port, photo)
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


def test_a_form_with_one_file_gives_what_the_file_alone_gives(visit, photo):
    web = visit()
    alone = web.post("/api/colorize", params={"strength": 0.7}, content=photo).content
    for name in ("file", "photo"):
        answer = web.post("/api/colorize", params={"strength": 0.7}, files={name: ("a.png", photo)})
        assert (answer.status_code, answer.content == alone) == (200, True)


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl")
def test_curl_uploads_a_form(visit, photo, tmp_path):
    (tmp_path / "photo.png").write_bytes(photo)
    with listening(visit().app) as port:
        command = ["curl", "-sS", "-F", "file=@photo.png", "-o", "colored.png", "--max-time", "20"]
        address = f"http://127.0.0.1:{port}/api/colorize"
        subprocess.run([*command, address], cwd=tmp_path, check=True)
    assert pixels((tmp_path / "colored.png").read_bytes()).shape == pixels(photo).shape


def test_a_form_keeps_the_photo_in_memory(visit, rng, monkeypatch):
    monkeypatch.setattr("tempfile.SpooledTemporaryFile.rollover", None)
    noise = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (700, 900, 3), np.uint8)).save(noise, "PNG")
    assert len(noise.getvalue()) > 2**20
    assert visit().post("/api/colorize", files={"file": noise.getvalue()}).status_code == 200


def test_an_unusable_form_is_refused_with_the_command_that_works(visit, photo):
    web = visit(max_megabytes=1)
    two = [("file", ("a.png", photo)), ("file", ("b.png", photo))]
    kind = {"Content-Type": "multipart/form-data"}
    parted = {"Content-Type": "multipart/form-data; boundary=x"}
    for send, status, said in (
        ({"files": two}, 400, "Too many files"),
        ({"files": {"file": ("a.png", photo)}, "data": {"strength": "0.5"}}, 400, "'strength'"),
        ({"files": {"file": ("a.png", b"")}}, 400, "empty"),
        ({"files": {"file": ("a.txt", b"Dear Sir")}}, 415, "not a picture"),
        ({"content": photo, "headers": kind}, 400, "curl -F file=@photo.jpg"),
        ({"content": photo, "headers": parted}, 400, "curl -F file=@photo.jpg"),
        ({"content": b"--x--\r\n", "headers": parted}, 400, "curl -F file=@photo.jpg"),
        ({"files": {"file": ("a.png", bytes(2**20 + 1))}}, 413, "1 MB"),
        ({"files": {"file": ("a.png", bytes(2**22))}}, 413, "1 MB"),
    ):
        answer = web.post("/api/colorize", **send)
        assert (answer.status_code, said in answer.json()["error"]) == (status, True), answer.text
