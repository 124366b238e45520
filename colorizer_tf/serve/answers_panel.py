"""The part of the page below the result: other likely colors, and where the model is sure."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from colorizer_tf.serve.page_answers import MOST_VARIANTS, PageAnswers


@dataclass(frozen=True)
class AnswersPanel:
    """The components, and what is known of the photo that is shown."""

    shown: Any
    group: Any
    count: Any
    seed: Any
    button: Any
    gallery: Any
    answers: Any
    confidence: Any

    def fresh(self) -> list[Any]:
        """In the order of what `PageAnswers.fresh` gives."""
        return [self.shown, self.group, self.gallery, self.answers, self.confidence]

    def connect(self, events: PageAnswers, slider: Any, download: Any) -> None:
        """Let the panel change the slider and the download button."""
        slow: dict[str, Any] = {"concurrency_id": "photos", "api_visibility": "private"}
        self.button.click(
            events.vary,
            [self.shown, self.count, self.seed],
            [self.gallery, self.answers],
            show_progress_on=[self.gallery, self.button],
            **slow,
        )
        self.gallery.select(
            events.choose,
            self.answers,
            [slider, download, self.shown, self.confidence],
            concurrency_limit=None,
            api_visibility="private",
        )
        self.confidence.input(events.show_confidence, [self.shown, self.confidence], slider, **slow)


def build_panel(keep: int, gallery: Any) -> AnswersPanel:
    """The panel, hidden until a photo is in color.

    Args:
        keep: seconds that results are kept.
        gallery: makes a gallery of a label, columns and an id.
    """
    shown, answers = gr.State(None, time_to_live=keep), gr.State([], time_to_live=keep)
    with gr.Column(visible=False, elem_id="answers") as group:
        confidence = gr.Checkbox(
            False,
            label="Show where the model is sure",
            info="Over the photo, right of the slider: yellow is sure, dark violet is a guess",
            elem_id="confidence",
        )
        with gr.Row():
            count = gr.Slider(
                *(1, MOST_VARIANTS, 4), step=1, label="Other answers", elem_id="variant-count"
            )
            seed = gr.Number(
                *(0,),
                label="Seed",
                info="The same seed gives the same colors",
                precision=0,
                minimum=0,
                elem_id="seed",
            )
        button = gr.Button("Other likely colors", elem_id="vary")
        pictures = gallery("Choose one", 4, "variants", visible=False)
    return AnswersPanel(shown, group, count, seed, button, pictures, answers, confidence)
