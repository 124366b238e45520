"""The HTTP API: an image's bytes in, an image's bytes out; nothing touches the disk."""

import asyncio
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError, ImageError, UsageError
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.serve.studio import BusyError, Colored, Studio, TooLargeError, Wish
from colorizer_tf.serve.uploads import UploadMemory

_RETRY_SECONDS = 2
_CLIENT_CLOSED = 499
_STATUS_OF: tuple[tuple[type[Exception], int], ...] = (
    (BusyError, 503),
    (UsageError, 400),
    (TooLargeError, 413),
    (ImageError, 415),
    (ClientDisconnect, _CLIENT_CLOSED),
    (ColorizerError, 500),
)


def add_api(app: FastAPI, studio: Studio) -> None:
    """Give an app the routes `POST /api/colorize` and `GET /api/models`."""
    router = APIRouter(prefix="/api")
    uploads = UploadMemory(studio.options.max_bytes)

    @router.post("/colorize", response_class=Response)
    async def colorize(
        request: Request,
        model: str = "",
        size: int | None = None,
        strength: float = 1.0,
        format: str = "same",  # noqa: A002 - the word users know
        quality: int = ColorizeOptions.quality,
    ) -> Response:
        """The photo in color; the body is the image file itself, or a form with the file in it."""
        options = ColorizeOptions(strength=strength, format=format, quality=quality)
        data = await uploads.read(request)
        # Only now: a slow upload must not hold a place.
        with studio.place():
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


def _file(colored: Colored) -> Response:
    name = "colorized" + images.suffix_of(colored.format)
    return Response(
        colored.content,
        media_type=f"image/{colored.format}",
        headers={"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"},
    )


async def _answer(_: Request, error: Exception) -> Response:
    status = next(status for kind, status in _STATUS_OF if isinstance(error, kind))
    headers = {"Retry-After": str(_RETRY_SECONDS)} if isinstance(error, BusyError) else None
    return JSONResponse({"error": str(error)}, status, headers)


async def _answer_to_wrong_values(_: Request, error: Any) -> Response:
    first = error.errors()[0]
    text = f"{first['loc'][-1]}: received {first.get('input')!r}; {first['msg'].lower()}"
    return JSONResponse({"error": text}, 400)
