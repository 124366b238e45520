"""The files of one photo: its color, variants, comparison and confidence, encoded."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

import numpy as np

from colorizer_tf import images
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

    def __call__(self, pixels: np.ndarray, *, is_photo: bool) -> bytes:
        """The content of the file."""


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

    def encode(pixels: np.ndarray, *, is_photo: bool) -> bytes:
        like = photo if is_photo else None
        return images.encode_photo(
            pixels, written, like=like, quality=options.quality, made_by=made_by
        )

    if options.variants:
        contents, notes = _variants(colorizer, restored, stems, options, guidance, encode, threads)
    else:
        contents, notes = _one_color(
            colorizer, restored, stems, options, guidance, encode, prediction
        )
    # The main one last: once it is there, all are.
    ordered = [*stems[1:], stems[0]]
    return {stem + images.suffix_of(written): contents[stem] for stem in ordered}, notes


def _one_color(
    colorizer: "Colorizer",
    restored: "Restored",
    stems: tuple[str, ...],
    options: ColorizeOptions,
    guidance: Guidance,
    encode: Encode,
    prediction: "Prediction | None",
) -> tuple[dict[str, bytes], list[str]]:
    pixels, notes = restored.picture, list[str]()
    # In place where the gray photo is not needed any more: saves the memory of a second one.
    again = pixels.ndim == 3 and pixels.flags.writeable and len(stems) == 1
    out = pixels if again else None
    # Of what restoration leaves there is none yet.
    if prediction is None and (colorizer.request.restore or options.confidence):
        prediction = colorizer.predict(pixels)
    if guidance:
        found = colorizer.guide(pixels, guidance, strength=options.strength, prediction=prediction)
        notes, colored = found.notes, colorizer.merge(pixels, found.prediction, out=out)
    elif prediction:
        colored = colorizer.merge(pixels, prediction, strength=options.strength, out=out)
    else:
        colored = colorizer.colorize(pixels, strength=options.strength, out=out)
    colored = restored.framed(colored)
    contents = {stems[0]: encode(colored, is_photo=True)}
    for stem in stems[1:]:
        if stem.endswith(COMPARE):
            pair = np.concatenate([gray_of(restored.pixels), colored], axis=1)
            contents[stem] = encode(pair, is_photo=False)
        elif prediction:
            sure = _confidence(colorizer, restored, prediction)
            contents[stem] = encode(sure, is_photo=False)
    return contents, notes


def _variants(
    colorizer: "Colorizer",
    restored: "Restored",
    stems: tuple[str, ...],
    options: ColorizeOptions,
    guidance: Guidance,
    encode: Encode,
    threads: int,
) -> tuple[dict[str, bytes], list[str]]:
    pixels, strength = restored.picture, options.strength
    predictions = colorizer.predict_variants(pixels, options.variants)

    def content(number: int) -> tuple[bytes, list[str]]:
        prediction = predictions[number]
        if not guidance:
            merged, said = colorizer.merge(pixels, prediction, strength=strength), list[str]()
        else:
            found = colorizer.guide(pixels, guidance, strength=strength, prediction=prediction)
            merged, said = colorizer.merge(pixels, found.prediction), found.notes
        return encode(restored.framed(merged), is_photo=True), said

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
