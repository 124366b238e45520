"""The HTTP API: an image's bytes in, an image's bytes out; nothing touches the disk."""

import asyncio
import contextlib
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError, ImageError, UsageError
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.serve.studio import BusyError, Colored, Studio, TooLargeError, Wish

# So long a visitor may take to send a photo: whoever is slower holds up a place.
_UPLOAD_SECONDS = 60
# Most clients hear an answer only once they have sent all. So much is read for it, and dropped.
_DROPPED_BYTES = 2**30
_RETRY_SECONDS = 2
_CLIENT_CLOSED = 499
_STATUS_OF: tuple[tuple[type[Exception], int], ...] = (
    (BusyError, 503),
    (UsageError, 400),
    (TooLargeError, 413),
    (ImageError, 415),
    (TimeoutError, 408),
    (ClientDisconnect, _CLIENT_CLOSED),
    (ColorizerError, 500),
)


def add_api(app: FastAPI, studio: Studio) -> None:
    """Give an app the routes `POST /api/colorize` and `GET /api/models`."""
    router = APIRouter(prefix="/api")

    @router.post("/colorize", response_class=Response)
    async def colorize(
        request: Request,
        model: str = "",
        size: int = 0,
        strength: float = 1.0,
        format: str = "same",  # noqa: A002 - the word users know
        quality: int = ColorizeOptions.quality,
    ) -> Response:
        """The photo in color; the body is the image file itself."""
        options = ColorizeOptions(strength=strength, format=format, quality=quality)
        with await _place(request, studio):
            data = await _body(request, studio.options.max_bytes)
            colored = await asyncio.wrap_future(studio.submit(data, Wish(model, size, options)))
        return _file(colored)

    @router.get("/models")
    def models() -> dict[str, Any]:
        """What is served, and the limits."""
        return _description(studio)

    app.include_router(router)
    for kind, _ in _STATUS_OF:
        app.add_exception_handler(kind, _answer)
    app.add_exception_handler(RequestValidationError, _answer_to_wrong_values)


def _description(studio: Studio) -> dict[str, Any]:
    options = studio.options
    return {
        "models": [
            {
                "name": name,
                "size": each.info["size"],
                "largest_size": studio.largest_size(each),
                "license": each.info.get("license"),
            }
            for name, each in studio.models.items()
        ],
        "limits": {
            "bytes": options.max_bytes,
            "pixels": options.max_megapixels * 1_000_000,
            "at_once": options.at_once,
            "waiting": options.waiting,
        },
    }


async def _body(request: Request, limit: int) -> bytes:
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise ImageError(
            "received a form, expected the image file itself as the body: "
            "curl --data-binary @photo.jpg, or -T photo.jpg -X POST"
        )
    parts, size = await _received(request, limit)
    if size > limit:
        raise TooLargeError(f"the file is larger than {limit // 2**20} MB")
    if not size:
        raise UsageError("received an empty body, expected an image file")
    return b"".join(parts)


async def _place(request: Request, studio: Studio) -> contextlib.ExitStack:
    """What holds a place; a client that gets none has sent all when it hears so."""
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(studio.place())
        except BusyError:
            await _received(request, 0)
            raise
        return held.pop_all()


async def _received(request: Request, limit: int) -> tuple[list[bytes], int]:
    """The parts of a body and its size; over the limit it is read on, but not kept."""
    parts: list[bytes] = []
    size = 0
    async with asyncio.timeout(_UPLOAD_SECONDS):
        async for part in request.stream():
            size += len(part)
            parts.append(part)
            if size > limit:
                parts.clear()
            if size > limit + _DROPPED_BYTES:
                break
    return parts, size


def _file(colored: Colored) -> Response:
    name = "colorized" + images.suffix_of(colored.format)
    return Response(
        colored.content,
        media_type=f"image/{colored.format}",
        headers={"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"},
    )


async def _answer(_: Request, error: Exception) -> Response:
    status = next(status for kind, status in _STATUS_OF if isinstance(error, kind))
    text = str(error) or "the photo did not arrive in time"
    headers = {"Retry-After": str(_RETRY_SECONDS)} if isinstance(error, BusyError) else None
    return JSONResponse({"error": text}, status, headers)


async def _answer_to_wrong_values(_: Request, error: Any) -> Response:
    first = error.errors()[0]
    text = f"{first['loc'][-1]}: received {first.get('input')!r}; {first['msg'].lower()}"
    return JSONResponse({"error": text}, 400)
