"""The page on which a person says colors: files of a page, and their routes."""

from importlib import resources

from fastapi import FastAPI, Response

_KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_FILES = ("index.html", "hints.css", "hints.js")
# Of the page that needs no server.
_SHARED = ("editor.js", "list.js")


def add_hints_page(app: FastAPI) -> None:
    """Give an app the routes `/hints` and `/hints/FILE`."""
    page = resources.files("colorizer_tf.export.formats") / "page"
    contents = {name: (resources.files(__name__) / name).read_bytes() for name in _FILES}
    contents |= {name: (page / name).read_bytes() for name in _SHARED}

    def answer(name: str) -> Response:
        kind = _KINDS[name.rpartition(".")[2]]
        return Response(contents[name], media_type=kind, headers={"Cache-Control": "no-cache"})

    @app.get("/hints")
    def start() -> Response:
        return answer("index.html")

    @app.get("/hints/{name}")
    def file(name: str) -> Response:
        return answer(name) if name in contents else Response(status_code=404)
