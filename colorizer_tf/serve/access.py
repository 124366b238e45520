"""Requests in; those for the page's and the API's own routes and files on to the app."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.serve.session_files import SessionFiles

# The routes that the page uses. Gradio has more and no setting to close them: it fetches URLs for
# visitors, records screens, and runs functions of its components.
_GRADIO = "/gradio_api/"
_OPEN = (
    *("queue/join", "queue/data", "upload", "upload_progress", "cancel", "reset"),
    *("startup-events", "app_id", "heartbeat/[a-z0-9]+"),
)
_OPEN_GRADIO = re.compile(rf"{_GRADIO}(?:{'|'.join(_OPEN)})/?")
_OPEN_PAGE = re.compile(
    r"/|/config/?|/theme\.css|/favicon\.ico|/robots\.txt|/manifest\.json"
    r"|/(?:assets|static|svelte)/[\w@./-]+|/api/[a-z.]+"
    r"|/hints(?:/[a-z.]+)?"
)
_FILE, _JOIN, _UPLOAD = f"{_GRADIO}file=", f"{_GRADIO}queue/join", f"{_GRADIO}upload"
_MAX_JOIN_BYTES = 2**20

_HEADERS = {
    # The page may load and reach nothing but this server. Gradio's scripts need the "unsafe" ones.
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; "
    "frame-ancestors 'self'; form-action 'self'; base-uri 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class _RefusedError(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class AccessControl:
    """An ASGI middleware that passes on the requests of the page and the API, and no others."""

    def __init__(self, app: ASGIApp, files: SessionFiles, host: str, max_upload: int) -> None:
        """Wrap an app.

        Args:
            app: the app.
            files: holds uploads and results; no other files are read or served.
            host: the address listened on. On loopback, requests for other host names are refused:
                they would come from another site (DNS rebinding).
            max_upload: the largest upload in bytes.
        """
        self._app, self._files, self._max_upload = app, files, max_upload
        self._names = _LOOPBACK if host in _LOOPBACK else ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        try:
            self._check(scope)
            if scope["path"].rstrip("/") == _JOIN:
                receive = await self._checked_join(receive)
        except _RefusedError as refusal:
            answer = JSONResponse({"error": str(refusal)}, refusal.status)
            await answer(scope, receive, send_with_headers)
        else:
            await self._app(scope, receive, send_with_headers)

    def _check(self, scope: Scope) -> None:
        if scope["type"] != "http":
            raise _RefusedError(404, "not found")
        headers, path = Headers(scope=scope), scope["path"]
        host = headers.get("host", "")
        if self._names and urlsplit(f"//{host}").hostname not in self._names:
            expected = ", ".join(self._names)
            raise _RefusedError(421, f"received the host {host!r}, expected one of {expected}")
        origin = headers.get("origin")
        if origin and urlsplit(origin).netloc != host:
            raise _RefusedError(403, "requests from other sites are refused")
        if path.startswith(_FILE):
            if not self._is_session_file(path.removeprefix(_FILE)):
                raise _RefusedError(404, "not found")
        elif not (_OPEN_GRADIO.fullmatch(path) or _OPEN_PAGE.fullmatch(path)):
            raise _RefusedError(404, "not found")
        if path.rstrip("/") == _UPLOAD:
            self._check_upload(headers)

    def _is_session_file(self, path: Any) -> bool:
        folder = str(self._files.folder)
        return isinstance(path, str) and path.startswith(folder + "/") and ".." not in path

    def _check_upload(self, headers: Headers) -> None:
        length = headers.get("content-length", "")
        if not length.isdecimal():
            raise _RefusedError(411, "uploads need a Content-Length")
        if int(length) > self._max_upload:
            raise _RefusedError(413, f"an upload has at most {self._max_upload // 2**20} MB")
        try:
            self._files.check_space(int(length))
        except ColorizerError as error:
            raise _RefusedError(503, str(error)) from None

    async def _checked_join(self, receive: Receive) -> Receive:
        """The request's messages, once its body is known to name uploaded files alone.

        Gradio would fetch a URL that is given as a file's path. In a mounted app, unlike in a
        launched one, it does not check that a path is that of an upload.
        """
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise _RefusedError(400, "the request was interrupted")
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > _MAX_JOIN_BYTES:
                raise _RefusedError(413, "the request is too large")
        try:
            paths = list(_paths(json.loads(body)))
        except (ValueError, RecursionError):
            raise _RefusedError(400, "the request is not JSON") from None
        if not all(self._is_session_file(path) for path in paths):
            raise _RefusedError(403, "only uploaded files are accepted")
        return _replaying(body, receive)


def _paths(value: Any) -> list[Any]:
    """All values of the key "path" in parsed JSON."""
    if isinstance(value, dict):
        inside = [path for each in value.values() for path in _paths(each)]
        return [*inside, value["path"]] if "path" in value else inside
    if isinstance(value, list):
        return [path for each in value for path in _paths(each)]
    return []


def _replaying(body: bytes, receive: Receive) -> Receive:
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return first.pop() if first else await receive()

    return replay
