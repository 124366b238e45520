"""The files of one photo: its color, variants, comparison and confidence, encoded."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

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

Encode = Callable[[np.ndarray, "Photo | None"], bytes]


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
        guidance.credit(colorizer.name),
    )

    def encode(pixels: np.ndarray, like: "Photo | None") -> bytes:
        return images.encode_photo(
            pixels, written, like=like, quality=options.quality, made_by=made_by
        )

    if options.variants:
        contents, notes = _variants(colorizer, photo, stems, options, guidance, encode, threads)
    else:
        contents, notes = _one_color(colorizer, photo, stems, options, guidance, encode, prediction)
    # The main one last: once it is there, all are.
    ordered = [*stems[1:], stems[0]]
    return {stem + images.suffix_of(written): contents[stem] for stem in ordered}, notes


def _one_color(
    colorizer: "Colorizer",
    photo: "Photo",
    stems: tuple[str, ...],
    options: ColorizeOptions,
    guidance: Guidance,
    encode: Encode,
    prediction: "Prediction | None",
) -> tuple[dict[str, bytes], list[str]]:
    pixels, notes = photo.pixels, list[str]()
    # In place where the gray photo is not needed any more: saves the memory of a second one.
    again = pixels.ndim == 3 and pixels.flags.writeable and len(stems) == 1
    out = pixels if again else None
    if options.confidence:
        prediction = colorizer.predict(pixels)
    if guidance:
        found = colorizer.guide(pixels, guidance, strength=options.strength, prediction=prediction)
        notes, colored = found.notes, colorizer.merge(pixels, found.prediction, out=out)
    elif prediction:
        colored = colorizer.merge(pixels, prediction, strength=options.strength, out=out)
    else:
        colored = colorizer.colorize(pixels, strength=options.strength, out=out)
    contents = {stems[0]: encode(colored, photo)}
    for stem in stems[1:]:
        if stem.endswith(COMPARE):
            contents[stem] = encode(np.concatenate([gray_of(pixels), colored], axis=1), None)
        elif prediction:
            contents[stem] = encode(_confidence(colorizer, pixels, prediction), None)
    return contents, notes


def _variants(
    colorizer: "Colorizer",
    photo: "Photo",
    stems: tuple[str, ...],
    options: ColorizeOptions,
    guidance: Guidance,
    encode: Encode,
    threads: int,
) -> tuple[dict[str, bytes], list[str]]:
    pixels, strength = photo.pixels, options.strength
    predictions = colorizer.predict_variants(pixels, options.variants)

    def content(number: int) -> tuple[bytes, list[str]]:
        prediction = predictions[number]
        if not guidance:
            return encode(colorizer.merge(pixels, prediction, strength=strength), photo), []
        found = colorizer.guide(pixels, guidance, strength=strength, prediction=prediction)
        return encode(colorizer.merge(pixels, found.prediction), photo), found.notes

    # No more pictures in memory than threads.
    with ThreadPoolExecutor(threads) as pool:
        made = list(pool.map(content, range(options.variants)))
    contents = {stem: data for stem, (data, _) in zip(stems, made, strict=False)}
    for stem in stems[options.variants :]:
        contents[stem] = encode(_confidence(colorizer, pixels, predictions[0]), None)
    return contents, made[0][1]


def _confidence(colorizer: "Colorizer", pixels: np.ndarray, prediction: "Prediction") -> np.ndarray:
    """White where the model is sure, black where it is not: sRGB."""
    codes = np.rint(colorizer.confidence(pixels, prediction) * 255).astype(np.uint8)
    return np.repeat(codes[..., None], 3, axis=-1)
