"""Uploaded photos and films of one visit to the page in; colored files, previews and a zip out."""

import dataclasses
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.color.merge import gray_of
from colorizer_tf.serve.clip_orders import submit_clip
from colorizer_tf.serve.clips import wait
from colorizer_tf.serve.photo import ColorizedPhoto, PhotoRequest
from colorizer_tf.serve.service import ColorizeService
from colorizer_tf.serve.session_files import SessionFiles
from colorizer_tf.video.names import suffix_for

_SECONDS_A_LOOK = 0.5
# The slider's largest width, on a screen with two pixels a point.
_PREVIEW_SIDE = 1600
_PREVIEW_QUALITY = 90


@dataclass(frozen=True)
class PageResult:
    """The result of one photo or film.

    Attributes:
        name: its file name.
        reason: why it failed, else empty.
        file: it in color at full size, None if it failed.
        before: a preview of the gray photo, or of one frame.
        after: a preview of the colored one.
        photo: the upload.
        request: how it was colored.
        original: of a variant, the model's own answer.
    """

    name: str
    reason: str = ""
    file: Path | None = None
    before: Path | None = None
    after: Path | None = None
    photo: Path = Path()
    request: PhotoRequest = field(default_factory=PhotoRequest)
    original: "PageResult | None" = None


def colorize_photos(
    service: ColorizeService,
    files: SessionFiles,
    photos: Sequence[Path],
    request: PhotoRequest,
    told: Callable[[int, int], None],
) -> Iterator[PageResult]:
    """Color photos and films one after the other.

    Args:
        service: colors them.
        files: where results are written.
        photos: uploaded files.
        request: how each is to be colored.
        told: called during a film with the frames done, and of about how many.
    """
    for path in photos:
        try:
            files.check_space(0)
            data = images.read_file(path, service.options.max_bytes)
            if suffix := service.clips.takes(data):
                written = _color_clip(service, files, path, suffix, request, told)
            else:
                colored = service.submit(data, request).result()
                written = write_result(path, "", colored, files)
            yield dataclasses.replace(written, request=request)
        except ColorizerError as error:
            yield PageResult(path.name, reason_of(error, path))


def _color_clip(
    service: ColorizeService,
    files: SessionFiles,
    upload: Path,
    suffix: str,
    request: PhotoRequest,
    told: Callable[[int, int], None],
) -> PageResult:
    files.check_space(2 * upload.stat().st_size)
    source = files.new_path(f"film{suffix}")
    file = source.with_name(f"{upload.stem}_colorized{suffix_for(source)}")
    poster = source.with_name("poster.png")
    try:
        # By its own kind's name, whatever the visitor called it.
        shutil.copyfile(upload, source)
        wait(submit_clip(service, source, file, request, poster), told, _SECONDS_A_LOOK)
        pixels = images.decode_photo(poster.read_bytes()).pixels
    except BaseException:
        shutil.rmtree(source.parent, ignore_errors=True)
        raise
    source.unlink(missing_ok=True)
    return _with_previews(upload, file, gray_of(pixels), pixels, None)


def reason_of(error: ColorizerError, upload: Path) -> str:
    """Why an upload was not colored, for the visitor."""
    return str(error) if upload.exists() else "the upload has expired: choose the photo again"


def write_result(
    upload: Path, ending: str, colored: ColorizedPhoto, files: SessionFiles
) -> PageResult:
    """A colored photo, written with its previews.

    Args:
        upload: the photo.
        ending: of the file's name, such as "-1" of a variant.
        colored: the photo in color.
        files: where it is written.
    """
    file = files.new_path(f"{upload.stem}_colorized{ending}{images.suffix_of(colored.format)}")
    file.write_bytes(colored.content)
    return _with_previews(upload, file, colored.gray, colored.pixels, colored.alpha)


def _with_previews(
    upload: Path, file: Path, gray: np.ndarray, pixels: np.ndarray, alpha: np.ndarray | None
) -> PageResult:
    before, after = (file.with_name(f"{name}.jpg") for name in ("before", "after"))
    before.write_bytes(preview(gray, alpha))
    after.write_bytes(preview(pixels, alpha))
    return PageResult(upload.name, "", file, before, after, upload)


def preview(pixels: np.ndarray, alpha: np.ndarray | None = None) -> bytes:
    """A JPEG of a picture at the size that the page shows."""
    factor = min(_PREVIEW_SIDE / max(pixels.shape[:2]), 1.0)
    height, width = (max(round(side * factor), 1) for side in pixels.shape[:2])
    small = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    if alpha is not None:
        alpha = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_AREA)
    shown = images.Photo(small, alpha, "jpeg")
    return images.encode_photo(small, "jpeg", like=shown, quality=_PREVIEW_QUALITY, made_by="")


def zip_results(results: Sequence[PageResult], files: SessionFiles) -> Path:
    """A zip of colored photos; of several with one name, all but the first are numbered."""
    target = files.new_path("colorized.zip")
    taken: set[str] = set()
    with zipfile.ZipFile(target, "w") as archive:
        for result in results:
            if result.file and result.file.exists():
                archive.write(result.file, _unique_name(result.file, taken))
    return target


def _unique_name(file: Path, taken: set[str]) -> str:
    number, name = 1, file.name
    while name.casefold() in taken:
        number += 1
        name = f"{file.stem}-{number}{file.suffix}"
    taken.add(name.casefold())
    return name
