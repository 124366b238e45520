"""The page: photos in, a slider between gray and color, files to download."""

import html
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from colorizer_tf import images
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.serve.painting import Painted, pack, paint_photos
from colorizer_tf.serve.scratch import Scratch
from colorizer_tf.serve.studio import Studio, Wish

SAMPLES = Path(__file__).with_name("samples")
_STEP = 32
_FORMATS = [
    ("As the photo", "same"),
    *(("JPEG", "jpeg"), ("PNG", "png"), ("WebP", "webp"), ("TIFF", "tiff")),
]

HEAD = '<meta name="color-scheme" content="light dark">'
STYLE = """
.gradio-container { max-width: 1180px !important; margin: 0 auto !important; }
.intro h1 { margin: .2em 0 .1em; font-weight: 650; }
.note { opacity: .75; font-size: .85em; }
#slider:not(:has(img)) { min-height: 340px; }
.gallery-container .grid-wrap.fixed-height { min-height: 0; max-height: 70vh; }
.gallery-container .grid-container.pt-6 { margin-top: 1.7em; }
@media (max-width: 640px) {
  .gallery-container .grid-container {
    grid-template-columns: repeat(3, minmax(0, 1fr)) !important;
  }
}
"""


def theme() -> Any:
    """The page's look; its fonts are the visitor's own, so that none is fetched."""
    return gr.themes.Soft(
        primary_hue="orange",
        neutral_hue="stone",
        font=("system-ui", "sans-serif"),
        font_mono=("ui-monospace", "monospace"),
    )


@dataclass(frozen=True)
class _Wishes:
    """The fields that say what is wanted."""

    photos: Any
    model: Any
    strength: Any
    size: Any
    format: Any
    button: Any


@dataclass(frozen=True)
class _Results:
    """The fields that show what came of it; `painted` remembers it for this visitor."""

    slider: Any
    download: Any
    gallery: Any
    download_all: Any
    message: Any
    painted: Any

    def all(self) -> list[Any]:
        """In the order in which `_Page.colorize` fills them."""
        return [
            *(self.slider, self.download, self.gallery),
            *(self.download_all, self.message, self.painted),
        ]


def build_page(studio: Studio, scratch: Scratch) -> Any:
    """The Gradio app.

    Args:
        studio: colors the photos.
        scratch: holds what the visitors send and get.
    """
    options = studio.options
    keep = max(round(options.keep_minutes * 60), 1)
    often = max(min(keep // 4, 60), 1)
    with gr.Blocks(
        title="colorizer-tf", analytics_enabled=False, delete_cache=(often, keep)
    ) as page:
        gr.Markdown(
            "# colorizer-tf\nColor for black-and-white photos, at their full size.",
            elem_classes="intro",
        )
        with gr.Row():
            with gr.Column(scale=2, min_width=300):
                wishes = _wishes(studio)
            with gr.Column(scale=3, min_width=300):
                results = _results(keep)
        samples = _samples()
        gr.Markdown(_note(studio), elem_classes="note")
        _connect(_Events(studio, scratch), wishes, results, samples)
    page.queue(max_size=max(options.waiting, 1), default_concurrency_limit=options.at_once)
    return page


def _wishes(studio: Studio) -> _Wishes:
    names, first = list(studio.models), studio.model("")
    photos = gr.File(
        label="Photos",
        file_count="multiple",
        file_types=sorted(images.IMAGE_SUFFIXES),
        height=180,
        elem_id="photos",
    )
    model = gr.Dropdown(names, value=names[0], label="Model", elem_id="model")
    strength = gr.Slider(
        *(0, 2, 1),
        step=0.05,
        label="Strength",
        info="0 is gray, 1 what the model says",
        elem_id="strength",
    )
    with gr.Accordion("More", open=False):
        size = gr.Slider(
            *(_STEP, studio.largest_size(first), first.info["size"]),
            step=_STEP,
            label="Size",
            info="Scale at which color is predicted; photos keep their own size",
            elem_id="size",
        )
        file_format = gr.Dropdown(_FORMATS, value="same", label="File format", elem_id="format")
    button = gr.Button("Colorize", variant="primary", elem_id="colorize")
    return _Wishes(photos, model, strength, size, file_format, button)


def _results(keep: int) -> _Results:
    return _Results(
        slider=gr.ImageSlider(
            label="Before and after",
            interactive=False,
            max_height=620,
            buttons=["fullscreen"],
            elem_id="slider",
        ),
        download=gr.DownloadButton("Download", visible=False, elem_id="download"),
        gallery=_gallery("All photos: choose one", 4, "gallery", visible=False),
        download_all=gr.DownloadButton("Download all (zip)", visible=False, elem_id="download-all"),
        message=gr.Markdown(visible=False, elem_id="message"),
        painted=gr.State([], time_to_live=keep),
    )


def _samples() -> Any:
    pictures = [str(path) for path in sample_files()]
    return _gallery("No photo at hand? Try one of these", 5, "samples", value=pictures)


def _gallery(
    label: str, columns: int, name: str, *, visible: bool = True, value: Any = None
) -> Any:
    return gr.Gallery(
        value,
        label=label,
        columns=columns,
        height="auto",
        object_fit="cover",
        allow_preview=False,
        interactive=False,
        visible=visible,
        buttons=[],
        elem_id=name,
    )


def sample_files() -> list[Path]:
    """The gray photos that come with the package."""
    return sorted(SAMPLES.glob("*.jpg"))


def _note(studio: Studio) -> str:
    options = studio.options
    return (
        f"Files up to {options.max_megabytes} MB and {options.max_megapixels} megapixels, "
        f"{options.max_photos} at once. The colors are a guess of a neural network, and the files "
        f"say so. Photos stay on this server, for about {options.keep_minutes:g} minutes."
    )


class _Events:
    """What happens when the visitor does something."""

    def __init__(self, studio: Studio, scratch: Scratch) -> None:
        self._studio, self._scratch = studio, scratch

    def colorize(
        self,
        photos: Sequence[str] | None,
        model: str,
        strength: float,
        size: int,
        format_: str,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 - how Gradio hands it over
    ) -> Iterator[tuple[Any, ...]]:
        """Fill the results, again after each photo."""
        paths = [Path(each) for each in photos or ()]
        most = self._studio.options.max_photos
        if not paths:
            raise gr.Error("choose a photo first", print_exception=False, title="No photo")
        if len(paths) > most:
            raise gr.Error(
                f"{len(paths)} photos, at most {most} at once", print_exception=False, title="Many"
            )
        options = ColorizeOptions(strength=float(strength), format=format_)
        wish, painted = Wish(model, int(size), options), list[Painted]()
        progress((0, len(paths)), unit="photos")
        for each in paint_photos(self._studio, self._scratch, paths, wish):
            painted.append(each)
            progress((len(painted), len(paths)), unit="photos")
            yield _shown(painted, len(paths), self._archive(painted, len(paths)))

    def _archive(self, painted: list[Painted], expected: int) -> Path | None:
        done = [each for each in painted if each.file]
        return pack(done, self._scratch) if len(painted) == expected and len(done) > 1 else None

    def choose(self, painted: list[Painted], event: gr.SelectData) -> tuple[Any, Any]:
        """The slider and the download of a photo in the gallery."""
        done = [each for each in painted if each.file]
        if not isinstance(event.index, int) or event.index >= len(done):
            raise gr.Error("colorize the photos again", print_exception=False)
        return _pair(done[event.index]), _download(done[event.index])

    def take_sample(self, event: gr.SelectData) -> list[str]:
        """The path of a copy of a sample."""
        sample = sample_files()[int(event.index)]
        return [shutil.copyfile(sample, str(self._scratch.new_file(sample.name)))]

    def set_size(self, model: str) -> Any:
        """The size's range for a model."""
        colorizer = self._studio.model(model)
        return gr.Slider(maximum=self._studio.largest_size(colorizer), value=colorizer.info["size"])


def _connect(events: _Events, wishes: _Wishes, results: _Results, samples: Any) -> None:
    settings = [wishes.photos, wishes.model, wishes.strength, wishes.size, wishes.format]
    heavy: dict[str, Any] = {
        "inputs": settings,
        "outputs": results.all(),
        "concurrency_id": "photos",
        "show_progress_on": [results.slider],
        "scroll_to_output": True,
        "api_visibility": "private",
    }
    light: dict[str, Any] = {"concurrency_limit": None, "api_visibility": "private"}
    wishes.photos.upload(events.colorize, **heavy)
    wishes.button.click(events.colorize, **heavy)
    samples.select(events.take_sample, None, wishes.photos, show_progress="hidden", **light).then(
        events.colorize, **heavy
    )
    wishes.model.change(events.set_size, wishes.model, wishes.size, **light)
    results.gallery.select(
        events.choose, results.painted, [results.slider, results.download], **light
    )


def _shown(painted: list[Painted], expected: int, archive: Path | None) -> tuple[Any, ...]:
    done = [each for each in painted if each.file]
    several = expected > 1 and bool(done)
    thumbnails = [(str(each.after), each.file.name) for each in done if each.file]
    return (
        _pair(done[0]) if done else None,
        _download(done[0]) if done else gr.DownloadButton(visible=False),
        gr.Gallery(thumbnails if several else None, visible=several),
        gr.DownloadButton(value=str(archive) if archive else None, visible=archive is not None),
        _failures(painted),
        painted,
    )


def _pair(painted: Painted) -> tuple[str, str]:
    return str(painted.before), str(painted.after)


def _download(painted: Painted) -> Any:
    file = Path(str(painted.file))
    return gr.DownloadButton(f"Download {file.name}", value=str(file), visible=True)


def _failures(painted: list[Painted]) -> Any:
    lines = [f"- **{html.escape(each.name)}**: {each.reason}" for each in painted if each.reason]
    return gr.Markdown("Not colored:\n" + "\n".join(lines), visible=bool(lines))
