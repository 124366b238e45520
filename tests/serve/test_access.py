"""No path of the server is readable, no address is fetched, and other sites are not answered."""

import json
import socket
from pathlib import Path

import pytest

pytest.importorskip("gradio", reason="needs the extra web")


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.txt"
    path.write_text("the crown jewels")
    return path


def ways(secret, folder):
    up = "../" * 12
    for path in (str(secret), str(secret)[1:], f"{up}{secret}", f"{folder}/../{secret.name}"):
        coded = path.replace("/", "%2f").replace(".", "%2e")
        for each in (path, coded, coded.replace("%", "%25"), path.replace("../", "..\\")):
            yield f"/gradio_api/file={each}"
            yield f"/gradio_api/file/{each}"
            for folder in ("static", "assets", "svelte", "api", "gradio_api/stream"):
                yield f"/{folder}/{each}"
    yield f"/gradio_api/file=file://{secret}"
    yield f"/gradio_api/deep_link?session_hash=/../../{secret}"
    yield f"/gradio_api/custom_component/1/client/component/..%2f..%2f{secret}"


def test_no_path_of_the_server_is_readable(visit, secret):
    web = visit()
    for way in ways(secret, web.files.folder):
        answer = web.get(way)
        assert answer.status_code >= 400, way
        assert "jewels" not in answer.text


def test_what_the_page_does_not_need_is_closed(visit):
    web = visit()
    for path in (
        "/gradio_api/file=http://127.0.0.1:1/x.png",
        "/gradio_api/proxy=http://127.0.0.1:1/x.png",
        *("/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/vibe-code/"),
        *("/docs", "/redoc", "/monitoring", "/gradio_api/runs", "/gradio_api/token"),
    ):
        assert web.get(path).status_code == 404, path
    assert web.post("/gradio_api/run/predict", json={"data": []}).status_code == 404


def join(web, photos):
    config = web.get("/config").json()
    colorize = max(config["dependencies"], key=lambda each: len(each["inputs"]))
    data = [photos, "wild", 1, 32, 1, "png"]
    body = {"data": data, "fn_index": colorize["id"], "session_hash": "abc"}
    return web.post("/gradio_api/queue/join", json=body)


def file_data(path):
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def test_only_uploaded_files_are_taken(visit, secret):
    web = visit()
    uploads = web.files.folder
    for path in (
        *(str(secret), "http://127.0.0.1:1/photo.png", "https://example.com/photo.png"),
        *(str(uploads), f"{uploads}/../{secret.name}", f"{uploads}x/photo.png"),
        *(5, None, [str(secret)], {"path": str(secret)}),
    ):
        assert join(web, [file_data(path)]).status_code == 403, path
    uploaded = upload(web, "photo.png").json()
    assert join(web, [file_data(uploaded[0])]).status_code == 200


def test_the_page_s_queue_is_bounded(visit):
    web = visit(waiting=2)
    (photo,) = upload(web, "photo.png").json()
    statuses = [join(web, [file_data(photo)]).status_code for _ in range(4)]
    assert statuses == [200, 200, 503, 503]


def test_queue_takes_small_json_only(visit):
    web = visit()
    for body in (b"{", b"[" * 100_000, b'{"data": "' + b"x" * 2**20 + b'"}'):
        assert web.post("/gradio_api/queue/join", content=body).status_code in (400, 413)


def upload(web, name, content=b"content"):
    return web.post("/gradio_api/upload", files={"files": (name, content)})


def test_uploads_stay_in_their_folder(visit):
    web = visit()
    for name in ("../../../escaped.txt", "/etc/escaped.txt", "..", "a\\..\\b"):
        answer = upload(web, name)
        written = answer.json() if answer.status_code == 200 else []
        assert all(Path(path).resolve().is_relative_to(web.files.folder) for path in written)
    assert list(web.files.folder.rglob("escaped.txt"))
    assert not list(web.files.folder.parent.glob("escaped*"))


def test_uploads_are_limited(visit):
    web = visit(max_megabytes=1, max_photos=2)
    assert upload(web, "a.png", bytes(2**20 + 1)).status_code == 413
    assert upload(web, "a.png", bytes(4 * 2**20)).status_code == 413
    chunks = web.post("/gradio_api/upload", content=iter([b"a", b"b"]))
    assert chunks.status_code == 411


def test_a_full_folder_of_uploads_is_busy(visit, monkeypatch):
    web = visit()
    monkeypatch.setattr("colorizer_tf.serve.session_files.MAX_BYTES", 1000)
    assert upload(web, "a.png", bytes(2000)).status_code == 503


def test_other_sites_are_not_answered(visit):
    web = visit()
    for headers, status in (
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "localhost:7860", "Origin": "http://localhost:7860"}, 200),
        ({"Host": "[::1]:7860"}, 200),
    ):
        assert web.get("/api/models", headers=headers).status_code == status, headers


def test_other_names_are_answered_where_other_machines_are_let_in(visit):
    web = visit(host="0.0.0.0")
    assert web.get("/api/models", headers={"Host": "photos.lan:7860"}).status_code == 200


def test_the_page_may_reach_nothing_but_this_server(visit):
    answer = visit().get("/")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "google" not in answer.text.split("</head>")[0]
    config = answer.text
    assert json.loads('"' + config.split('"title":"')[1].split('"')[0] + '"') == "colorizer-tf"
    assert '"analytics_enabled":false' in config
    assert "share" not in answer.headers


def test_starting_calls_nobody(visit, monkeypatch):
    called = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: called.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: called.append(host) or [])
    with visit() as web:
        assert web.get("/").status_code == 200
    assert not called
