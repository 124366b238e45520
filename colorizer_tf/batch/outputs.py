"""The files of one photo: its color, variants, comparison and confidence, encoded."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from colorizer_tf import images
from colorizer_tf.batch.jpegs import merge_jpeg, planes_fit
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.template import COMPARE
from colorizer_tf.color.merge import gray_of
from colorizer_tf.inference.guidance import Guidance

if TYPE_CHECKING:
    from colorizer_tf.images.photo import Photo
    from colorizer_tf.inference.colorizer import Colorizer
    from colorizer_tf.inference.prediction import Prediction
    from colorizer_tf.inference.restoration import Restored


class Encode(Protocol):
    """Encodes a picture as the photo's output is; a photo's with what its file holds besides."""

    def __call__(self, pixels: np.ndarray | images.Planes, *, is_photo: bool) -> bytes:
        """The content of the file."""


@dataclass(frozen=True)
class Merge:
    """Puts color onto a photo, as what its output is encoded from.

    Attributes:
        colorizer: the model.
        restored: the photo.
        as_planes: whether planes of luma and chroma will do.
    """

    colorizer: "Colorizer"
    restored: "Restored"
    as_planes: bool

    def __call__(
        self, prediction: "Prediction | None", strength: float, *, in_place: bool = False
    ) -> np.ndarray | images.Planes:
        """The photo in color; with `in_place` it may be written over."""
        pixels = self.restored.picture
        if self.as_planes and prediction and strength and planes_fit(pixels, prediction):
            return merge_jpeg(pixels, prediction, strength, in_place=in_place)
        out = pixels if in_place and pixels.ndim == 3 and pixels.flags.writeable else None
        colored = self.colorizer.merge(pixels, prediction, strength=strength, out=out)
        return self.restored.framed(colored)


def encode_outputs(
    colorizer: "Colorizer",
    photo: "Photo",
    stems: tuple[str, ...],
    options: ColorizeOptions,
    guidance: Guidance,
    threads: int = 1,
    prediction: "Prediction | None" = None,
) -> tuple[dict[str, bytes], list[str]]:
    """Name and content of each file to write of a photo, the main one last; and notes.

    Args:
        colorizer: the model.
        photo: its pixels may be written over.
        stems: of `template.all_stems`.
        options: of the command.
        guidance: what a person said of the photo's colors.
        threads: variants at a time.
        prediction: of the photo, if it does not come from this photo alone.
    """
    written, made_by = (
        images.output_format(photo.format, options.format),
        guidance.credit(colorizer.request.credit(colorizer.name)),
    )

    restored = colorizer.restored(photo.pixels)
    guidance = dataclasses.replace(guidance, hints=tuple(restored.moved(guidance.hints)))

    def encode(pixels: np.ndarray | images.Planes, *, is_photo: bool) -> bytes:
        like = photo if is_photo else None
        return images.encode_photo(
            pixels, written, like=like, quality=options.quality, made_by=made_by
        )

    whole = photo.alpha is None and not colorizer.request.restore and not options.compare
    merge = Merge(colorizer, restored, as_planes=written == "jpeg" and whole)
    if options.variants:
        contents, notes = _variants(merge, stems, options, guidance, encode, threads)
    else:
        contents, notes = _one_color(merge, stems, options, guidance, encode, prediction)
    # The main one last: once it is there, all are.
    ordered = [*stems[1:], stems[0]]
    return {stem + images.suffix_of(written): contents[stem] for stem in ordered}, notes


def _one_color(
    merge: Merge,
    stems: tuple[str, ...],
    options: ColorizeOptions,
    guidance: Guidance,
    encode: Encode,
    prediction: "Prediction | None",
) -> tuple[dict[str, bytes], list[str]]:
    colorizer, restored = merge.colorizer, merge.restored
    strength, notes = options.strength, list[str]()
    if prediction is None and (strength or guidance or options.confidence):
        prediction = colorizer.predict(restored.picture)
    shown = prediction
    if guidance:
        found = colorizer.guide(
            restored.picture, guidance, strength=strength, prediction=prediction
        )
        notes, shown, strength = found.notes, found.prediction, 1.0
    # In place where the gray photo is not needed any more: saves the memory of a second one.
    colored = merge(shown, strength, in_place=len(stems) == 1)
    contents = {stems[0]: encode(colored, is_photo=True)}
    for stem in stems[1:]:
        if stem.endswith(COMPARE) and isinstance(colored, np.ndarray):
            pair = np.concatenate([gray_of(restored.pixels), colored], axis=1)
            contents[stem] = encode(pair, is_photo=False)
        elif prediction:
            sure = _confidence(colorizer, restored, prediction)
            contents[stem] = encode(sure, is_photo=False)
    return contents, notes


def _variants(
    merge: Merge,
    stems: tuple[str, ...],
    options: ColorizeOptions,
    guidance: Guidance,
    encode: Encode,
    threads: int,
) -> tuple[dict[str, bytes], list[str]]:
    colorizer, restored, strength = merge.colorizer, merge.restored, options.strength
    predictions = colorizer.predict_variants(restored.picture, options.variants)

    def content(number: int) -> tuple[bytes, list[str]]:
        prediction = predictions[number]
        if not guidance:
            return encode(merge(prediction, strength), is_photo=True), []
        found = colorizer.guide(
            restored.picture, guidance, strength=strength, prediction=prediction
        )
        return encode(merge(found.prediction, 1.0), is_photo=True), found.notes

    # No more pictures in memory than threads.
    with ThreadPoolExecutor(threads) as pool:
        made = list(pool.map(content, range(options.variants)))
    contents = {stem: data for stem, (data, _) in zip(stems, made, strict=False)}
    for stem in stems[options.variants :]:
        sure = _confidence(colorizer, restored, predictions[0])
        contents[stem] = encode(sure, is_photo=False)
    return contents, made[0][1]


def _confidence(
    colorizer: "Colorizer", restored: "Restored", prediction: "Prediction"
) -> np.ndarray:
    """White where the model is sure, black where it is not, and on a border: sRGB."""
    sure = restored.padded(colorizer.confidence(restored.picture, prediction))
    codes = np.rint(sure * 255).astype(np.uint8)
    return np.repeat(codes[..., None], 3, axis=-1)
