"""`gallery.html`: all photos of a run before and after, in one file without external resources.

Pictures are read from the files once the run is over, so that photos colored by earlier runs are in
it too. Jinja escapes all values: names of files are untrusted.
"""

import contextlib
import dataclasses
import functools
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError, ImageError
from colorizer_tf.base.execution import ThreadExecutor
from colorizer_tf.base.execution.threads import count_cores
from colorizer_tf.base.files import replacing
from colorizer_tf.base.printing import printable
from colorizer_tf.base.progress import Progress
from colorizer_tf.batch.plan import Model
from colorizer_tf.batch.report import Outcome
from colorizer_tf.batch.task import PhotoResult
from colorizer_tf.batch.zips import ZipReader
from colorizer_tf.images.thumbnails import data_uri, thumbnail
from colorizer_tf.records.sources.zips import Member
from colorizer_tf.video.names import is_film

GALLERY = "gallery.html"
_MARK = b"<!doctype html>\n<!-- a gallery of colorizer-tf"

# Up to so many photos their pictures' longer side has so many pixels; later photos are links alone.
# A pair takes about 70, 25 and 8 kB: so the file stays under about 80 MB.
SIDES = ((200, 640), (2_000, 320), (10_000, 160))


@dataclass(frozen=True)
class _Shown:
    """What the page shows of a photo.

    Attributes:
        result: of the run.
        before: `data:` URI of the photo as it was given; empty where there is no picture.
        after: the same in color.
        width: of both, in pixels.
        height: of both.
    """

    result: PhotoResult
    before: str = ""
    after: str = ""
    width: int = 0
    height: int = 0


def check_gallery(folder: Path, *, overwrite: bool) -> None:
    """Refuse to replace a file that is no gallery.

    Raises:
        ColorizerError: if there is one.
    """
    path = folder / GALLERY
    with contextlib.suppress(OSError), path.open("rb") as file:
        if not overwrite and file.read(len(_MARK)) != _MARK:
            raise ColorizerError(
                f"{path} is there already, and no earlier run made it: --overwrite replaces it"
            )


def write_gallery(folder: Path, outcome: Outcome, model: Model, *, progress: bool) -> Path:
    """Write the gallery of a run into its output folder, and give its path.

    Args:
        folder: the output folder.
        outcome: of the run.
        model: what colored the photos.
        progress: show it on stderr.

    Raises:
        ColorizerError: if it cannot be written.
    """
    colored = [
        number
        for number, result in enumerate(outcome.results)
        if result.output and not is_film(result.output)
    ]
    side, todo = _side_for(len(colored)), colored[: SIDES[-1][0]]
    shown = [_Shown(result) for result in outcome.results]
    executor = ThreadExecutor(count_cores(), lambda: None)
    with (
        Progress("gallery", len(todo), shown=progress and bool(todo)) as bar,
        _Files() as files,
        executor,
    ):
        tasks = (outcome.results[number] for number in todo)
        pictured = functools.partial(_pictured, files=files, side=side)
        for number, each in executor.map_unordered(pictured, tasks, len(todo)):
            shown[todo[number]] = each
            bar.add(1)
    path = folder / GALLERY
    with replacing(path) as file:
        for part in _page(shown, folder, outcome, model):
            file.write(part.encode("utf-8", "replace"))
    return path


def _side_for(photos: int) -> int:
    return next((side for most, side in SIDES if photos <= most), SIDES[-1][1])


class _Files(contextlib.ExitStack):
    """Contents of files, and of photos in archives, each of which is opened once."""

    def __init__(self) -> None:
        super().__init__()
        self._archives: dict[Path, tuple[ZipReader, dict[str, Member]]] = {}
        self._opening = threading.Lock()

    def read(self, path: Path) -> bytes:
        """The content at a path, which goes on from an archive's for a photo in it.

        Raises:
            ImageError: if it cannot be read.
        """
        archive = _archive_of(path)
        if archive is None:
            return images.read_file(path)
        with self._opening:
            if archive not in self._archives:
                reader = self.enter_context(ZipReader(str(archive)))
                self._archives[archive] = reader, {each.path: each for each in reader.photos()}
        reader, members = self._archives[archive]
        inside = path.relative_to(archive).as_posix()
        if inside not in members:
            raise ImageError("not in its archive")
        return reader.read(members[inside])


def _archive_of(path: Path) -> Path | None:
    return next((parent for parent in path.parents if parent.is_file()), None)


def _pictured(result: PhotoResult, files: _Files, side: int) -> _Shown:
    """The photo with its pictures; without them if a file has gone or was damaged since."""
    try:
        before, after = (
            thumbnail(images.decode_image(files.read(path), side // 2), side)
            for path in (result.source, result.output)
            if path
        )
    except ImageError:
        return _Shown(result)
    height, width = after.shape[:2]
    return _Shown(result, data_uri(before), data_uri(after), width, height)


def _page(shown: Sequence[_Shown], folder: Path, outcome: Outcome, model: Model) -> Iterator[str]:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("colorizer_tf.batch"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Linked from where the page lies, so that both can be moved together.
    link = functools.partial(_link, os.path.abspath(folder))
    return environment.get_template("gallery.html").generate(
        counts=outcome.counts(),
        model=model.name,
        settings=_settings(model),
        photos=[_photo(each, link) for each in shown if each.result.output],
        failed=[_photo(each, link) for each in shown if not each.result.output],
        pictured=any(each.after for each in shown),
        most=SIDES[-1][0],
    )


def _settings(model: Model) -> str:
    """What was asked of the model, but for what it does in any case."""
    said = []
    for field in dataclasses.fields(model.request):
        value = getattr(model.request, field.name)
        if value == field.default:
            continue
        text = " and ".join(value) if isinstance(value, tuple) else value
        said.append(f"{field.name} {'off' if text is False else '' if text is True else text}")
    return ", ".join(each.strip() for each in said)


def _photo(each: _Shown, link: Any) -> dict[str, Any]:
    result = each.result
    return {
        "name": printable(str(result.source)),
        "short": printable(result.source.name),
        "said": printable(result.reason or result.note),
        "source": link(result.source),
        "output": link(result.output) if result.output else "",
        "before": each.before,
        "after": each.after,
        "width": each.width,
        "height": each.height,
    }


def _link(folder: str, path: Path) -> str:
    """A relative URL of a file, or of the archive that it lies in."""
    file = _archive_of(path) or path
    try:
        relative = os.path.relpath(file, folder)
    except ValueError:  # on another drive
        return file.absolute().as_uri()
    return quote(os.fsencode(relative.replace(os.sep, "/")))
