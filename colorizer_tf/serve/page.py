"""The page's layout: photos in, a slider between gray and color, files to download."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from colorizer_tf import images
from colorizer_tf.images.pages import can_read_pdf
from colorizer_tf.serve.answers_panel import AnswersPanel, build_panel
from colorizer_tf.serve.clips import WAITING
from colorizer_tf.serve.options import ServeOptions
from colorizer_tf.serve.page_events import (
    PageEvents,
    sample_files,
    size_settings,
    temperature_settings,
)
from colorizer_tf.serve.service import ColorizeService
from colorizer_tf.serve.session_files import SessionFiles
from colorizer_tf.video.names import SUFFIXES as FILM_SUFFIXES
from colorizer_tf.video.names import can_read as can_read_films

_FORMATS = [
    ("Same as the photo", "same"),
    *(("JPEG", "jpeg"), ("PNG", "png"), ("WebP", "webp"), ("TIFF", "tiff")),
]

HEAD = '<meta name="color-scheme" content="light dark">'
STYLE = """
.gradio-container { max-width: 1180px !important; margin: 0 auto !important; }
.intro h1 { margin: .2em 0 .1em; font-weight: 650; }
.note { opacity: .75; font-size: .85em; }
#slider:not(:has(img)) { min-height: 340px; }
#player video { width: 100%; max-height: 620px; }
.gallery-container .grid-wrap.fixed-height { min-height: 0; max-height: 70vh; }
.gallery-container .grid-container.pt-6 { margin-top: 1.7em; }
@media (max-width: 640px) {
  .gallery-container .grid-container {
    grid-template-columns: repeat(3, minmax(0, 1fr)) !important;
  }
}
"""


def theme() -> Any:
    """The page's theme; fonts are the visitor's own, so that none is fetched."""
    return gr.themes.Soft(
        primary_hue="orange",
        neutral_hue="stone",
        font=("system-ui", "sans-serif"),
        font_mono=("ui-monospace", "monospace"),
    )


@dataclass(frozen=True)
class _Inputs:
    photos: Any
    model: Any
    strength: Any
    restore: Any
    size: Any
    temperature: Any
    format: Any
    size_warning: Any
    button: Any

    def settings(self) -> list[Any]:
        """In the order of `PageEvents.colorize`'s parameters."""
        return [
            *(self.photos, self.model, self.strength, self.restore),
            *(self.size, self.temperature, self.format),
        ]


@dataclass(frozen=True)
class _Outputs:
    slider: Any
    player: Any
    download: Any
    gallery: Any
    download_all: Any
    message: Any
    results: Any
    panel: AnswersPanel

    def all(self) -> list[Any]:
        """In the order in which `PageEvents.colorize` fills them."""
        return [
            *(self.slider, self.player, self.download, self.gallery),
            *(self.download_all, self.message, self.results),
            *self.panel.fresh(),
        ]


def build_page(service: ColorizeService, files: SessionFiles) -> Any:
    """The Gradio app.

    Args:
        service: colors the photos.
        files: holds uploads and results.
    """
    options = service.options
    keep = max(round(options.keep_minutes * 60), 1)
    check_every = max(min(keep // 4, 60), 1)
    with gr.Blocks(
        title="colorizer-tf", analytics_enabled=False, delete_cache=(check_every, keep)
    ) as page:
        gr.Markdown(
            "# colorizer-tf\nColor for black-and-white photos, at their full size. "
            "[Say the color yourself](hints)",
            elem_classes="intro",
        )
        with gr.Row():
            with gr.Column(scale=2, min_width=300):
                inputs = _inputs(service)
            with gr.Column(scale=3, min_width=300):
                outputs = _outputs(keep)
        samples = _samples()
        gr.Markdown(_note(service), elem_classes="note")
        _connect(PageEvents(service, files), inputs, outputs, samples)
    # Visitors with films wait for minutes, and must not hold up those with photos.
    at_once = options.at_once + 1 + WAITING
    page.queue(max_size=max(options.waiting, 1), default_concurrency_limit=at_once)
    return page


def _inputs(service: ColorizeService) -> _Inputs:
    names, first = list(service.models), service.model("")
    photos = gr.File(
        label="Photos and films" if _takes_films(service.options) else "Photos",
        file_count="multiple",
        file_types=_endings(service.options),
        height=180,
        elem_id="photos",
    )
    model = gr.Dropdown(names, value=names[0], label="Model", elem_id="model")
    strength = gr.Slider(
        *(0, 2, 1),
        step=0.05,
        label="Strength",
        info="Strength of the color: 0 gives the gray photo, 1 the model's own color",
        elem_id="strength",
    )
    restore = gr.Checkbox(
        False,
        label="An old print: restore it first",
        info="Sepia and casts to gray, faded tones, grain, dust and scratches; a border is kept "
        "and not colored",
        elem_id="restore",
    )
    with gr.Accordion("More", open=False):
        size = gr.Slider(label="Size", elem_id="size", **size_settings(service, first))
        size_warning = gr.Markdown(visible=False, elem_id="size-warning")
        temperature = gr.Slider(
            *(0.05, 1),
            step=0.05,
            label="Temperature",
            info="1 gives the mean of the likely colors, lower values a livelier color",
            elem_id="temperature",
            **temperature_settings(first),
        )
        file_format = gr.Dropdown(_FORMATS, value="same", label="File format", elem_id="format")
    button = gr.Button("Colorize", variant="primary", elem_id="colorize")
    return _Inputs(
        *(photos, model, strength, restore, size, temperature),
        *(file_format, size_warning, button),
    )


def _takes_films(options: ServeOptions) -> bool:
    return can_read_films() and options.max_clip_seconds > 0


def _endings(options: ServeOptions) -> list[str]:
    endings = set(images.IMAGE_SUFFIXES)
    if can_read_pdf():
        endings.add(".pdf")
    if _takes_films(options):
        endings.update(FILM_SUFFIXES)
    return sorted(endings)


def _outputs(keep: int) -> _Outputs:
    # In the order in which they stand on the page.
    return _Outputs(
        slider=gr.ImageSlider(
            label="Before and after",
            interactive=False,
            max_height=620,
            buttons=["fullscreen"],
            elem_id="slider",
        ),
        player=gr.HTML(visible=False, elem_id="player"),
        download=gr.DownloadButton("Download", visible=False, elem_id="download"),
        panel=build_panel(keep, _gallery),
        gallery=_gallery("All photos: choose one", 4, "gallery", visible=False),
        download_all=gr.DownloadButton("Download all (zip)", visible=False, elem_id="download-all"),
        message=gr.Markdown(visible=False, elem_id="message"),
        results=gr.State([], time_to_live=keep),
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


def _note(service: ColorizeService) -> str:
    options = service.options
    films = f", films up to {options.max_clip_seconds} seconds" if _takes_films(options) else ""
    return (
        f"Files up to {options.max_megabytes} MB and {options.max_megapixels} megapixels{films}, "
        f"{options.max_photos} at once. The colors are a neural network's guess, and the files "
        f"say so. Photos stay on this server for about {options.keep_minutes:g} minutes."
    )


def _connect(events: PageEvents, inputs: _Inputs, outputs: _Outputs, samples: Any) -> None:
    colorize: dict[str, Any] = {
        "inputs": inputs.settings(),
        "outputs": outputs.all(),
        "concurrency_id": "photos",
        "show_progress_on": [outputs.slider],
        "scroll_to_output": True,
        "api_visibility": "private",
    }
    quick: dict[str, Any] = {"concurrency_limit": None, "api_visibility": "private"}
    quiet: dict[str, Any] = quick | {"show_progress": "hidden"}
    inputs.photos.upload(events.colorize, **colorize)
    inputs.button.click(events.colorize, **colorize)
    samples.select(events.copy_sample, None, inputs.photos, **quiet).then(
        events.colorize, **colorize
    )
    inputs.model.change(
        events.update_settings, inputs.model, [inputs.size, inputs.temperature], **quick
    )
    gr.on(
        [inputs.model.change, inputs.size.change],
        events.warn_of_size,
        [inputs.model, inputs.size],
        inputs.size_warning,
        **quiet,
    )
    outputs.gallery.select(
        events.choose_photo,
        outputs.results,
        [outputs.slider, outputs.player, outputs.download, *outputs.panel.fresh()],
        **quick,
    )
    outputs.panel.connect(events.answers, outputs.slider, outputs.download)
