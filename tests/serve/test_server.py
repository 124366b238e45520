"""`colorizer-tf serve` as a process: deletes what was left, ends cleanly, says what fails."""

import signal
import socket
import sys
import time
import urllib.error
import urllib.request

import pytest

from colorizer_tf.cli.main import main
from tests.serve.conftest import serving

pytest.importorskip("gradio", reason="needs the extra web")

FORM = (
    b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n'
    b"Content-Type: image/png\r\n\r\nphoto\r\n--x--\r\n"
)


def test_files_go_after_a_while_and_all_with_the_server(saved_model, tmp_path):
    with serving(saved_model, tmp_path, "--keep-minutes", "0.03") as server:
        request = urllib.request.Request(
            f"{server.address}/gradio_api/upload",
            FORM,
            {"Content-Type": "multipart/form-data; boundary=x"},
        )
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200
        (own,) = tmp_path.glob("colorizer-tf-serve-*")
        # The page's own pictures are kept.
        assert len(list(own.rglob("*.jpg"))) == 5
        assert len(list(own.rglob("a.png"))) == 1
        until = time.monotonic() + 15
        while list(own.rglob("a.png")) and time.monotonic() < until:
            time.sleep(0.1)
        assert not list(own.rglob("a.png"))
        assert len(list(own.rglob("*.jpg"))) == 5
        server.send_signal(signal.SIGTERM)
        assert server.wait(10) == 0
        assert not list(tmp_path.iterdir())


def test_a_client_that_sends_far_too_much_still_receives_the_answer(saved_model, tmp_path):
    with serving(saved_model, tmp_path, "--max-megabytes", "1") as server:
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{server.address}/api/colorize", bytes(50 * 2**20))
        with caught.value as answer:
            assert answer.status == 413


def test_a_port_that_is_taken_is_named(saved_model, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "--model", str(saved_model), "--port", str(port)]) == 2
    assert f"127.0.0.1 port {port}" in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(saved_model, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert main(["serve", "--model", str(saved_model), "--port", "0"]) == 1
    assert "pip install 'colorizer-tf[web]'" in capsys.readouterr().err
