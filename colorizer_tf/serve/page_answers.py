"""Several answers to the photo that the page shows, and where the model is sure of them."""

import dataclasses
import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import cv2
import gradio as gr
import numpy as np

from colorizer_tf import images
from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.inference import model_json
from colorizer_tf.serve.clips import MEDIA_TYPES
from colorizer_tf.serve.page_results import PageResult, preview, reason_of, write_result
from colorizer_tf.serve.photo import ColorizedPhoto
from colorizer_tf.serve.service import ColorizeService
from colorizer_tf.serve.session_files import SessionFiles

MOST_VARIANTS = 8
_LARGEST_SEED = 2**31 - 1 - MOST_VARIANTS
# Of the colors of the map over the photo.
_OVERLAY_SHARE = 0.6


class PageAnswers:
    """The handlers; what is shown comes with the event."""

    def __init__(self, service: ColorizeService, files: SessionFiles) -> None:
        self._service, self._files = service, files

    def has_several(self, shown: PageResult | None) -> bool:
        """Whether the model that colored the photo gives several answers."""
        if shown is None or _is_film(shown):
            return False
        info = self._service.model(shown.request.model).info
        return model_json.CLASSES in info or model_json.DIFFUSION in info

    def fresh(self, shown: PageResult | None) -> tuple[Any, ...]:
        """The panel for a photo that is shown from now on: nothing was asked about it yet."""
        return (
            shown,
            gr.Column(visible=self.has_several(shown)),
            gr.Gallery(None, visible=False),
            [],
            gr.Checkbox(False),
        )

    def vary(
        self, shown: PageResult | None, count: float, seed: float | None
    ) -> Iterator[tuple[Any, list[PageResult]]]:
        """Update the gallery of answers after each of them; the model's own is the first."""
        original = _original(shown)
        first = int(min(max(seed or 0, 0), _LARGEST_SEED))
        answers = [dataclasses.replace(original, original=original)]
        for number in range(int(min(max(count, 1), MOST_VARIANTS))):
            colored = self._colored(original, seed=first + number)
            written = write_result(original.photo, f"-{number + 1}", colored, self._files)
            answers.append(
                dataclasses.replace(written, request=original.request, original=original)
            )
            captions = ["Its own", *(f"Seed {first + each}" for each in range(number + 1))]
            pictures = [str(each.after) for each in answers]
            yield (
                gr.Gallery(list(zip(pictures, captions, strict=True)), visible=True),
                list(answers),
            )

    def choose(
        self, answers: list[PageResult], event: gr.SelectData
    ) -> tuple[Any, Any, PageResult, Any]:
        """The slider, the download and what is shown, of an answer in the gallery."""
        if not isinstance(event.index, int) or event.index >= len(answers):
            raise gr.Error("ask for other colors again", print_exception=False)
        chosen = answers[event.index]
        return previews(chosen), download_of(chosen), chosen, gr.Checkbox(False)

    def show_confidence(self, shown: PageResult | None, asked: bool) -> tuple[str, str]:
        """The slider's pair: the colored photo and the map over the gray one, or as before."""
        original = _original(shown)
        if not asked or shown is None:
            return previews(shown or original)
        sure = self._colored(original, confidence=True).pixels[..., 0]
        target = self._files.new_path("confidence.jpg")
        target.write_bytes(preview(overlay(_read(original.before), sure)))
        return str(shown.after), str(target)

    def _colored(self, original: PageResult, **asked: Any) -> ColorizedPhoto:
        request = dataclasses.replace(original.request, **asked)
        try:
            self._files.check_space(0)
            data = images.read_file(original.photo, self._service.options.max_bytes)
            return self._service.submit(data, request).result()
        except ColorizerError as error:
            reason = reason_of(error, original.photo)
            raise gr.Error(reason, print_exception=False, title="Not done") from None


def overlay(gray: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """The gray photo under the colors of its confidence: dark violet is a guess, yellow is sure.

    Args:
        gray: `(h, w, 3)` uint8.
        confidence: uint8 of any size, stretched here to the whole range of colors.
    """
    height, width = gray.shape[:2]
    small = cv2.resize(confidence, (width, height), interpolation=cv2.INTER_AREA)
    stretched = cv2.normalize(small, None, 0, 255, cv2.NORM_MINMAX)
    colors = cv2.applyColorMap(stretched, cv2.COLORMAP_VIRIDIS)[..., ::-1]
    return cv2.addWeighted(
        gray, 1 - _OVERLAY_SHARE, np.ascontiguousarray(colors), _OVERLAY_SHARE, 0
    )


def previews(result: PageResult) -> tuple[str, str]:
    """The slider's pictures of a result."""
    return str(result.before), str(result.after)


def player_of(result: PageResult) -> Any:
    """The player of a film; hidden of a photo."""
    if not _is_film(result):
        return gr.HTML(visible=False)
    address = f"gradio_api/file={quote(str(result.file))}"
    # It is played from the folder as it is: Gradio's own player would run FFmpeg on it.
    return gr.HTML(
        f'<video controls playsinline preload="metadata" src="{html.escape(address)}"></video>'
        '<p class="note">If it does not play here, download it.</p>',
        visible=True,
    )


def _is_film(result: PageResult) -> bool:
    return Path(str(result.file)).suffix in MEDIA_TYPES


def download_of(result: PageResult) -> Any:
    """The button that downloads a result."""
    file = Path(str(result.file))
    return gr.DownloadButton(f"Download {file.name}", value=str(file), visible=True)


def _original(shown: PageResult | None) -> PageResult:
    if shown is None or shown.file is None:
        raise gr.Error("choose a photo first", print_exception=False, title="No photo")
    return shown.original or shown


def _read(file: Path | None) -> np.ndarray:
    pixels = images.decode_photo(Path(str(file)).read_bytes()).pixels
    return pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)
