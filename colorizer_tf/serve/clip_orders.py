"""A visitor's film and settings in; the order for the process that colors it."""

import dataclasses
from pathlib import Path

from colorizer_tf.base.errors import UsageError
from colorizer_tf.serve.clip_worker import MOST_PIXELS, ClipOrder
from colorizer_tf.serve.clips import ClipJob
from colorizer_tf.serve.photo import PhotoRequest
from colorizer_tf.serve.service import ColorizeService

_OF_PHOTOS = ("hints", "restore", "seed", "confidence")
# A film in color may take so many times the bytes of the largest file that is taken.
_LARGER = 8


def submit_clip(
    service: ColorizeService,
    source: Path,
    target: Path,
    request: PhotoRequest,
    poster: Path | None = None,
) -> ClipJob:
    """Schedule the coloring of a film.

    Args:
        service: has the models and the limits.
        source: the film; its ending is what `clips.takes` gives.
        target: where to write it, with the ending of `video.names.suffix_for`.
        request: how; of its options the strength alone.
        poster: where to write one frame in color, as PNG.

    Raises:
        UsageError: if the request's values are out of range, or for photos alone.
        BusyError: at once, if as many films wait as may.
    """
    colorizer = service.model(request.model)
    settings = service.prediction_settings(colorizer, request)
    for each in dataclasses.fields(request):
        if each.name in _OF_PHOTOS and getattr(request, each.name) != each.default:
            raise UsageError(f"{each.name}: received a film, expected a photo")
    order = ClipOrder(
        source=str(source),
        target=str(target),
        poster=str(poster or ""),
        model=str(colorizer.folder),
        runtime=colorizer.runtime,
        strength=request.options.strength,
        max_seconds=service.options.max_clip_seconds,
        max_pixels=min(MOST_PIXELS, service.options.max_megapixels * 1_000_000),
        max_bytes=_LARGER * service.options.max_bytes,
        prediction=settings,
    )
    return service.clips.submit(order)
