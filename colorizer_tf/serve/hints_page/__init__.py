"""The page on which a person says colors: files of a page, and their routes."""

from importlib import resources

from fastapi import FastAPI, Response

_EDITOR = "editor.js"
_KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_FILES = ("index.html", "hints.css", "hints.js", _EDITOR)


def add_hints_page(app: FastAPI) -> None:
    """Give an app the routes `/hints` and `/hints/FILE`."""
    contents = {name: _read(name) for name in _FILES}

    def answer(name: str) -> Response:
        kind = _KINDS[name.rpartition(".")[2]]
        return Response(contents[name], media_type=kind, headers={"Cache-Control": "no-cache"})

    @app.get("/hints")
    def page() -> Response:
        return answer("index.html")

    @app.get("/hints/{name}")
    def file(name: str) -> Response:
        return answer(name) if name in contents else Response(status_code=404)


def _read(name: str) -> bytes:
    # The editor is that of the page without a server.
    if name == _EDITOR:
        return (resources.files("colorizer_tf.export.formats") / "page" / name).read_bytes()
    return (resources.files(__name__) / name).read_bytes()
