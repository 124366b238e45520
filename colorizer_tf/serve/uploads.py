"""Request bodies in; the image file in memory out, with limits on rate, size and memory."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from fastapi import Request
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from colorizer_tf.base.errors import UsageError
from colorizer_tf.serve.errors import BusyError, TooLargeError

# An upload must bring so many further bytes every so many seconds: 16 kB a second.
WINDOW_SECONDS = 10.0
_WINDOW_BYTES = 160_000
# Most clients read the answer only after sending the whole body, so that much of a body that is
# refused is read and discarded.
_DISCARDED_BYTES = 2**30
# What a form adds to the file in it.
_FORM_BYTES = 2**16
_SLICE_BYTES = 2**16
_EXPECTED = "expected one file: curl -F file=@photo.jpg"
# Files of the largest size that the uploads in progress may hold in memory together.
_LARGEST_FILES = 8


class SlowUploadError(Exception):
    """A body that arrives more slowly than the minimum rate."""


class UploadRate:
    """An ASGI middleware that answers 408 to a body that arrives too slowly, whatever reads it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with a time limit on each part of its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = slow = interrupted = False

        async def send_unless_slow(message: Message) -> None:
            nonlocal started
            if started or not slow:
                started = True
                await send(message)

        timed = _TimedBody(receive)

        async def receive_in_time() -> Message:
            nonlocal slow, interrupted
            try:
                message = await timed.receive()
            except TimeoutError:
                slow = True
                raise SlowUploadError from None
            interrupted |= timed.is_interrupted
            return message

        try:
            await self._app(scope, receive_in_time, send_unless_slow)
        except Exception:
            # Gradio fails on a client that is gone: no fault to log.
            if not (slow or interrupted):
                raise
        if slow and not started:
            text = f"the upload is too slow: less than 160 kB came in {WINDOW_SECONDS:g} seconds"
            # Without it the server would go on to read the body.
            answer = JSONResponse({"error": text}, 408, {"Connection": "close"})
            await answer(scope, receive, send)


class _TimedBody:
    """The messages of a request; those of its body have a time limit."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._more, self._bytes = receive, True, 0
        self.is_interrupted = False
        self._due = asyncio.get_running_loop().time() + WINDOW_SECONDS

    async def receive(self) -> Message:
        async with asyncio.timeout_at(self._due if self._more else None):
            message = await self._receive()
        self.is_interrupted = self._more and message["type"] == "http.disconnect"
        self._more = message.get("more_body", False)
        self._bytes += len(message.get("body", b""))
        if self._bytes >= _WINDOW_BYTES:
            self._bytes = 0
            self._due = asyncio.get_running_loop().time() + WINDOW_SECONDS
        return message


@dataclass(eq=False)
class _Upload:
    parts: list[bytes] = field(default_factory=list)
    held: int = 0
    size: int = 0
    kept: bool = True

    def discard(self) -> None:
        self.parts.clear()
        self.held, self.kept = 0, False


class UploadMemory:
    """Receives bodies into memory. When they hold too much together, the oldest gives way."""

    def __init__(self, max_bytes: int) -> None:
        """Set limits.

        Args:
            max_bytes: of one file.
        """
        self._max_bytes = max_bytes
        self._uploads: list[_Upload] = []

    async def read(self, request: Request) -> bytes:
        """The image file in a request: its body, or the one file of a multipart form.

        Raises:
            TooLargeError: if it is over the limit.
            BusyError: if there was no memory for it.
            UsageError: if there is none, or something else in the form.
        """
        is_form = request.headers.get("content-type", "").startswith("multipart/")
        body = await self._body(request, self._max_bytes + is_form * _FORM_BYTES)
        data = await _file_in_form(request.headers, body) if is_form else body
        if len(data) > self._max_bytes:
            raise self._too_large()
        if not data:
            raise UsageError("received an empty body, expected an image file")
        return data

    async def _body(self, request: Request, limit: int) -> bytes:
        upload = _Upload()
        self._uploads.append(upload)
        try:
            async for part in request.stream():
                self._add(upload, part, limit)
                if upload.size > limit + _DISCARDED_BYTES:
                    break
        finally:
            self._uploads.remove(upload)
        if upload.size > limit:
            raise self._too_large()
        if not upload.kept:
            raise BusyError("busy: too many uploads are in progress; try again in a moment")
        return b"".join(upload.parts)

    def _add(self, upload: _Upload, part: bytes, limit: int) -> None:
        upload.size += len(part)
        if upload.size > limit:
            upload.discard()
        if upload.kept:
            upload.parts.append(part)
            upload.held += len(part)
        while sum(each.held for each in self._uploads) > _LARGEST_FILES * self._max_bytes:
            # Not the newest: slow uploads would refuse all others.
            next(each for each in self._uploads if each.held).discard()

    def _too_large(self) -> TooLargeError:
        return TooLargeError(f"the file is larger than {self._max_bytes // 2**20} MB")


async def _file_in_form(headers: Headers, body: bytes) -> bytes:
    parser = MultiPartParser(headers, _slices(body), max_files=1, max_fields=1)
    # Photos stay in memory: by default larger ones would go to the disk.
    parser.spool_max_size = len(body) + 1
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise UsageError(f"received an unusable form ({error.message}); {_EXPECTED}") from None
    try:
        return await _only_file(form)
    finally:
        await form.close()


async def _only_file(form: FormData) -> bytes:
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            return await value.read()
        raise UsageError(
            f"received the form field {name!r} without a file name, {_EXPECTED}; settings go into "
            "the address: /api/colorize?strength=0.8"
        )
    raise UsageError(f"received a form without a file, {_EXPECTED}")


async def _slices(body: bytes) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(body), _SLICE_BYTES):
        yield body[start : start + _SLICE_BYTES]
        # Other requests get their turn during the parsing of a large form.
        await asyncio.sleep(0)
