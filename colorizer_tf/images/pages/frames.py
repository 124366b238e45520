"""Frames of animations decoded by Pillow, in a child process."""

from typing import Any

from PIL import Image

from colorizer_tf.base.errors import ImageError
from colorizer_tf.images import pillow_reading
from colorizer_tf.images.formats import kind_of
from colorizer_tf.images.limits import max_pixels
from colorizer_tf.images.messages import Facts
from colorizer_tf.images.pages.avif_loop import plays_of
from colorizer_tf.images.pages.here import Steps
from colorizer_tf.images.pages.kinds import gif_frames
from colorizer_tf.images.photo import StoredPhoto


def steps(asked: dict[str, Any], data: bytes) -> Steps:
    """The facts of the animation, then of each frame its facts and its picture.

    All frames have the canvas's size: parts that a file leaves out are filled in. Those of the
    animation are "frames", "pixels" of them all, "loop" (None: shown once; 0: for ever) and
    "still_first": whether the first picture is for viewers that show no animations.
    """
    del asked
    with pillow_reading.opened(data, kind_of(data)) as image:
        count = int(getattr(image, "n_frames", 1))
        told, whole = gif_frames(data) if kind_of(data) == "gif" else (count, True)
        if told > count or not whole:
            # Pillow takes what there is for all.
            raise ImageError("truncated picture")
        pixels = count * image.height * image.width
        if pixels > max_pixels():
            raise ImageError(f"more than {max_pixels()} pixels in its {count} frames")
        still_first = bool(getattr(image, "default_image", False))
        loop = plays_of(data) if kind_of(data) == "avif" else image.info.get("loop")
        facts = {"frames": count, "pixels": pixels, "loop": loop, "still_first": still_first}
        yield Facts(facts)
        profile, metadata = pillow_reading.metadata_of(image)
        size = image.size
        for number in range(count):
            _go_to(image, number)
            if image.size != size:
                raise ImageError(f"frame {number + 1} is larger than the first")
            yield Facts({"milliseconds": float(image.info.get("duration") or 0)})
            yield StoredPhoto(*pillow_reading.colors_and_alpha(image), profile, metadata)


def _go_to(image: Image.Image, number: int) -> None:
    try:
        image.seek(number)
        image.load()
    except EOFError as error:
        raise ImageError("truncated picture") from error
