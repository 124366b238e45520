"""The HTTP API: an image file in, the colored image file out. Of photos nothing is on the disk."""

import asyncio
import json
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError, ImageError, UsageError
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.inference.hints.book import read_hints
from colorizer_tf.serve.clip_api import color_clip
from colorizer_tf.serve.errors import BusyError, TooLargeError
from colorizer_tf.serve.photo import ColorizedPhoto, PhotoRequest
from colorizer_tf.serve.service import ColorizeService
from colorizer_tf.serve.session_files import SessionFiles
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


def add_api(app: FastAPI, service: ColorizeService, files: SessionFiles) -> None:
    """Give an app the routes `POST /api/colorize` and `GET /api/models`."""
    router = APIRouter(prefix="/api")
    uploads = UploadMemory(service.options.max_bytes)

    @router.post("/colorize", response_class=Response)
    async def colorize(
        request: Request,
        model: str = "",
        size: int | None = None,
        temperature: float | None = None,
        strength: float = 1.0,
        format: str = "same",  # noqa: A002 - as on the command line
        quality: int = ColorizeOptions.quality,
        pages: str = "",
        hints: str | None = None,
        restore: str = "",
        seed: int | None = None,
        confidence: bool = False,
    ) -> Response:
        """The photo or film in color; the body is the file itself, or a form with the file in it.

        Hints are JSON: `[{"x": 420, "y": 310, "color": "#a01818"}]`, see `docs/hints.md`. With a
        seed, a likely color drawn at random; with `confidence`, where the model is sure.
        """
        given = None if hints is None else read_hints(hints)
        options = ColorizeOptions(strength=strength, format=format, quality=quality, pages=pages)
        data = await uploads.read(request)
        parts = tuple(part.strip() for part in restore.split(",") if part.strip())
        photo = PhotoRequest(model, size, temperature, options, given, parts, seed, confidence)
        if suffix := service.clips.takes(data):
            return await color_clip(request, data, suffix, photo, service, files)
        # Only now: a slow upload must not hold a place.
        with service.place():
            colored = await asyncio.wrap_future(service.submit(data, photo))
        return _file(colored)

    @router.post("/likely")
    async def likely(
        request: Request,
        x: float,
        y: float,
        model: str = "",
        size: int | None = None,
        temperature: float | None = None,
    ) -> dict[str, Any]:
        """Colors that are likely in a place of the photo in the body, the likeliest first."""
        data = await uploads.read(request)
        with service.place():
            photo = PhotoRequest(model, size, temperature)
            return {"colors": await asyncio.wrap_future(service.submit_likely(data, photo, x, y))}

    @router.get("/models")
    def models() -> dict[str, Any]:
        """The models served, and the limits."""
        return _description(service)

    app.include_router(router)
    for kind, _ in _STATUS_OF:
        app.add_exception_handler(kind, _answer)
    app.add_exception_handler(RequestValidationError, _answer_invalid_value)


def _description(service: ColorizeService) -> dict[str, Any]:
    options = service.options
    return {
        "models": [
            {
                "name": name,
                "size": each.info["size"],
                "trained_at": each.info.get("trained_at"),
                "largest_size": service.largest_size(each),
                "license": each.info.get("license"),
            }
            for name, each in service.models.items()
        ],
        "limits": {
            "bytes": options.max_bytes,
            "pixels": options.max_megapixels * 1_000_000,
            "at_once": options.at_once,
            "waiting": options.waiting,
            "pages": options.max_pages,
            "clip_seconds": options.max_clip_seconds,
        },
    }


def _file(colored: ColorizedPhoto) -> Response:
    name = "colorized" + images.suffix_of(colored.format)
    return Response(
        colored.content,
        media_type="application/pdf" if colored.format == "pdf" else f"image/{colored.format}",
        headers={"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"}
        | ({"X-Notes": json.dumps(colored.notes)} if colored.notes else {}),
    )


async def _answer(_: Request, error: Exception) -> Response:
    status = next(status for kind, status in _STATUS_OF if isinstance(error, kind))
    headers = {"Retry-After": str(_RETRY_SECONDS)} if isinstance(error, BusyError) else None
    return JSONResponse({"error": str(error)}, status, headers)


async def _answer_invalid_value(_: Request, error: Any) -> Response:
    first = error.errors()[0]
    text = f"{first['loc'][-1]}: received {first.get('input')!r}; {first['msg'].lower()}"
    return JSONResponse({"error": text}, 400)
