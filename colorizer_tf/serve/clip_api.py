"""Films over HTTP: a film in, the film in color out."""

import asyncio
import shutil
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect

from colorizer_tf.serve.clip_orders import submit_clip
from colorizer_tf.serve.clips import MEDIA_TYPES, ClipJob
from colorizer_tf.serve.photo import PhotoRequest
from colorizer_tf.serve.service import ColorizeService
from colorizer_tf.serve.session_files import SessionFiles
from colorizer_tf.video.names import suffix_for

_SECONDS_A_LOOK = 0.5


async def color_clip(
    request: Request,
    data: bytes,
    suffix: str,
    settings: PhotoRequest,
    service: ColorizeService,
    files: SessionFiles,
) -> Response:
    """The film in color. It lies on the disk until it is sent.

    Args:
        request: whose client may leave: then the work ends.
        data: the film.
        suffix: the ending of its kind.
        settings: how.
        service: colors it.
        files: where it lies meanwhile.

    Raises:
        ColorizerError: as of `submit_clip` and `ClipJob.future`.
    """
    files.check_space(2 * len(data))
    source = files.new_path(f"film{suffix}")
    target = source.with_name(f"colorized{suffix_for(source)}")
    try:
        await asyncio.to_thread(source.write_bytes, data)
        await _finished(submit_clip(service, source, target, settings), request)
    except BaseException:
        _remove(source.parent)
        raise
    return FileResponse(
        target,
        media_type=MEDIA_TYPES[target.suffix],
        headers={
            "Content-Disposition": f'inline; filename="{target.name}"',
            "Cache-Control": "no-store",
        },
        background=BackgroundTask(_remove, source.parent),
    )


async def _finished(job: ClipJob, request: Request) -> None:
    future = asyncio.wrap_future(job.future)
    # Of a client that is gone nobody asks for the result: asyncio would log it.
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        while not future.done():
            await asyncio.wait([future], timeout=_SECONDS_A_LOOK)
            if not future.done() and await request.is_disconnected():
                raise ClientDisconnect
        future.result()
    except BaseException:
        job.cancel()
        raise


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
