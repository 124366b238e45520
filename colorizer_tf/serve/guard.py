"""What stands before the app: the page's own routes and files only, nothing for other sites."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.serve.scratch import Scratch

# What the page asks for. Gradio answers more: it fetches addresses for its visitors, records
# screens, and runs what components offer.
_GRADIO = "/gradio_api/"
_OPEN = (
    *("queue/join", "queue/data", "upload", "upload_progress", "cancel", "reset"),
    *("startup-events", "app_id", "heartbeat/[a-z0-9]+"),
)
_OPEN_GRADIO = re.compile(rf"{_GRADIO}(?:{'|'.join(_OPEN)})/?")
_OPEN_PAGE = re.compile(
    r"/|/config/?|/theme\.css|/favicon\.ico|/robots\.txt|/manifest\.json"
    r"|/(?:assets|static|svelte)/[\w@./-]+|/api/[a-z.]+"
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


class Guard:
    """An ASGI middleware that lets in what the page and the API need, and nothing else."""

    def __init__(self, app: ASGIApp, scratch: Scratch, host: str, max_upload: int) -> None:
        """Wrap an app.

        Args:
            app: the app.
            scratch: where uploads go; only files in there are taken and handed out.
            host: the address listened on. On loopback only its own names are answered to: a name
                on the internet that leads here is another site's way to read along.
            max_upload: bytes that one upload may have.
        """
        self._app, self._scratch, self._max_upload = app, scratch, max_upload
        self._names = _LOOPBACK if host in _LOOPBACK else ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
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
            raise _RefusedError(403, "requests from other sites are not answered")
        if path.startswith(_FILE):
            if not self._is_ours(path.removeprefix(_FILE)):
                raise _RefusedError(404, "not found")
        elif not (_OPEN_GRADIO.fullmatch(path) or _OPEN_PAGE.fullmatch(path)):
            raise _RefusedError(404, "not found")
        if path.rstrip("/") == _UPLOAD:
            self._check_upload(headers)

    def _is_ours(self, path: Any) -> bool:
        folder = str(self._scratch.folder)
        return isinstance(path, str) and path.startswith(folder + "/") and ".." not in path

    def _check_upload(self, headers: Headers) -> None:
        length = headers.get("content-length", "")
        if not length.isdecimal():
            raise _RefusedError(411, "uploads need a Content-Length")
        if int(length) > self._max_upload:
            raise _RefusedError(413, f"an upload has at most {self._max_upload // 2**20} MB")
        try:
            self._scratch.check_room(int(length))
        except ColorizerError as error:
            raise _RefusedError(503, str(error)) from None

    async def _checked_join(self, receive: Receive) -> Receive:
        """The same request again, once its body names no file but those uploaded here.

        Gradio would fetch an address that it is given in a file's place, and, in an app that is
        mounted, take any path on the server for an upload.
        """
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise _RefusedError(400, "the request broke off")
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > _MAX_JOIN_BYTES:
                raise _RefusedError(413, "the request is too large")
        try:
            paths = list(_paths(json.loads(body)))
        except (ValueError, RecursionError):
            raise _RefusedError(400, "the request is no JSON") from None
        if not all(self._is_ours(path) for path in paths):
            raise _RefusedError(403, "only files that were uploaded here are taken")
        return _replaying(body, receive)


def _paths(value: Any) -> list[Any]:
    """What stands under the key "path", anywhere in parsed JSON."""
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
