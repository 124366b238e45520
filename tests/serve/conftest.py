"""The app with an untrained model: in the test's process, on loopback, and as the command."""

import asyncio
import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.serve.options import ServeOptions

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def colorizer(saved_model):
    return Colorizer(saved_model, runtime="onnx")


@pytest.fixture(scope="session")
def class_model(class_folder):
    return Colorizer(class_folder, runtime="onnx")


@pytest.fixture
def visit(tmp_path, colorizer):
    """Makes test clients of an app with options; `files` are its session files."""
    with contextlib.ExitStack() as open_:
        yield lambda *colorizers, **options: open_.enter_context(
            client(tmp_path / "session", colorizers or (colorizer,), ServeOptions(**options))
        )


@contextlib.contextmanager
def client(folder, colorizers, options):
    from starlette.testclient import TestClient

    from colorizer_tf.serve.server import build_app
    from colorizer_tf.serve.service import ColorizeService
    from colorizer_tf.serve.session_files import SessionFiles

    folder.mkdir()
    service = ColorizeService(colorizers, options)
    files = SessionFiles(folder, options.keep_minutes * 60)

    async def build():
        # Outside of a loop Gradio makes loops that it never closes, a warning each.
        return build_app(service, files)

    found = TestClient(asyncio.run(build()), base_url="http://127.0.0.1:7860")
    found.files = files
    try:
        yield found
    finally:
        service.close()


@contextlib.contextmanager
def listening(app):
    """The port of an app that listens on loopback, in a thread of this process."""
    import uvicorn

    config = uvicorn.Config(
        app, port=0, log_level="error", lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)


@contextlib.contextmanager
def serving(model, temporary, *flags):
    """The command in a process of its own, whose temporary folder is the one given."""
    command = [sys.executable, "-m", "colorizer_tf", "serve", "--model", str(model), "--port", "0"]
    process = subprocess.Popen(
        [*command, *flags],
        cwd=temporary,
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        process.address = re.search(r"http://\S+", line)[0] if line else process.stderr.read()
        yield process
    finally:
        process.kill()
        process.communicate()
