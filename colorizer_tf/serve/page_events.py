"""The page's event handlers: values of its inputs in, new values of its components out."""

import html
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.inference import model_json
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.inference.request import RESTORATIONS, PredictionRequest
from colorizer_tf.serve.page_answers import PageAnswers, download_of, player_of, previews
from colorizer_tf.serve.page_results import PageResult, colorize_photos, zip_results
from colorizer_tf.serve.photo import PhotoRequest
from colorizer_tf.serve.service import ColorizeService
from colorizer_tf.serve.session_files import SessionFiles

_SAMPLES = Path(__file__).with_name("samples")
_SIZE_STEP = 32


def sample_files() -> list[Path]:
    """The gray photos that come with the package."""
    return sorted(_SAMPLES.glob("*.jpg"))


def size_settings(service: ColorizeService, colorizer: Colorizer) -> dict[str, Any]:
    """Range, value and explanation of the size slider for a model."""
    trained_at = colorizer.info.get("trained_at")
    beyond = (
        "it takes the mean with what it sees at that size, as colors would come in patches"
        if model_json.CLASSES in colorizer.info
        else "colors may come in patches"
    )
    advice = f" The model was trained at {trained_at}: above it, {beyond}." if trained_at else ""
    return {
        "minimum": _SIZE_STEP,
        "maximum": service.largest_size(colorizer),
        "step": _SIZE_STEP,
        "value": colorizer.info["size"],
        "info": "Side in pixels of the copy from which the network predicts color; results keep "
        f"the photo's own size. Larger is finer in color, and slower.{advice}",
    }


def temperature_settings(colorizer: Colorizer) -> dict[str, Any]:
    """Value of the temperature slider for a model, hidden if it predicts no distribution."""
    if model_json.CLASSES not in colorizer.info:
        return {"visible": False}
    return {"visible": True, "value": colorizer.info["temperature"]}


class PageEvents:
    """The handlers; all of a visitor's data comes with the event.

    Attributes:
        answers: those of the panel below the result.
    """

    def __init__(self, service: ColorizeService, files: SessionFiles) -> None:
        self._service, self._files = service, files
        self.answers = PageAnswers(service, files)

    def colorize(
        self,
        photos: Sequence[str] | None,
        model: str,
        strength: float,
        restore: bool,
        size: int,
        temperature: float | None,
        format_: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - Gradio's way to pass it
    ) -> Iterator[tuple[Any, ...]]:
        """Update the outputs after each photo."""
        paths = [Path(each) for each in photos or ()]
        self._check_count(len(paths))
        if model_json.CLASSES not in self._service.model(model).info:
            temperature = None
        options = ColorizeOptions(strength=float(strength), format=format_)
        parts = RESTORATIONS if restore else ()
        request = PhotoRequest(model, int(size), temperature, options, restore=parts)
        results = list[PageResult]()
        progress((0, len(paths)), unit="photos")

        def told(done: int, expected: int) -> None:
            progress((done, max(expected, 1)), unit="frames")

        for result in colorize_photos(self._service, self._files, paths, request, told):
            results.append(result)
            progress((len(results), len(paths)), unit="photos")
            first = next((each for each in results if each.file), None)
            outputs = _outputs(results, len(paths), self._archive(results, len(paths)))
            yield *outputs, *self.answers.fresh(first)

    def _check_count(self, count: int) -> None:
        most = self._service.options.max_photos
        if not count:
            raise gr.Error("choose a photo first", print_exception=False, title="No photo")
        if count > most:
            raise gr.Error(
                f"{count} photos, at most {most} at once", print_exception=False, title="Many"
            )

    def _archive(self, results: list[PageResult], expected: int) -> Path | None:
        done = [each for each in results if each.file]
        several = len(results) == expected and len(done) > 1
        return zip_results(done, self._files) if several else None

    def choose_photo(self, results: list[PageResult], event: gr.SelectData) -> tuple[Any, ...]:
        """The slider, the film, the download and the panel of a photo or film in the gallery."""
        done = [each for each in results if each.file]
        if not isinstance(event.index, int) or event.index >= len(done):
            raise gr.Error("colorize the photos again", print_exception=False)
        chosen = done[event.index]
        fresh = self.answers.fresh(chosen)
        return previews(chosen), player_of(chosen), download_of(chosen), *fresh

    def copy_sample(self, event: gr.SelectData) -> list[str]:
        """The path of a copy of a sample, as if it had been uploaded."""
        sample = sample_files()[int(event.index)]
        return [shutil.copyfile(sample, str(self._files.new_path(sample.name)))]

    def update_settings(self, model: str) -> tuple[Any, Any]:
        """The size and temperature sliders for a model."""
        colorizer = self._service.model(model)
        size = size_settings(self._service, colorizer)
        return gr.Slider(**size), gr.Slider(**temperature_settings(colorizer))

    def warn_of_size(self, model: str, size: int) -> Any:
        """A warning if the size is beyond the size that the model was trained at."""
        info = self._service.model(model).info
        warning = PredictionRequest(size=int(size)).beyond_training(info)
        return gr.Markdown(f"⚠ {warning}", visible=bool(warning))


def _outputs(results: list[PageResult], expected: int, archive: Path | None) -> tuple[Any, ...]:
    done = [each for each in results if each.file]
    several = expected > 1 and bool(done)
    thumbnails = [(str(each.after), each.file.name) for each in done if each.file]
    return (
        previews(done[0]) if done else None,
        player_of(done[0]) if done else gr.HTML(visible=False),
        download_of(done[0]) if done else gr.DownloadButton(visible=False),
        gr.Gallery(thumbnails if several else None, visible=several),
        gr.DownloadButton(value=str(archive) if archive else None, visible=archive is not None),
        _failures(results),
        results,
    )


def _failures(results: list[PageResult]) -> Any:
    lines = [f"- **{html.escape(each.name)}**: {each.reason}" for each in results if each.reason]
    return gr.Markdown("Not colored:\n" + "\n".join(lines), visible=bool(lines))
