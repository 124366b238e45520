"""Animations written by Pillow: GIF, WebP, APNG and AVIF sequences."""

import io
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from colorizer_tf.images.encoding import png_chunks, with_alpha
from colorizer_tf.images.metadata import OutputMetadata
from colorizer_tf.images.pages.animation import AnimationPages
from colorizer_tf.images.pages.avif_loop import with_plays
from colorizer_tf.images.pages.page import KeptPage, Page
from colorizer_tf.images.photo import Metadata
from colorizer_tf.images.png import with_chunks
from colorizer_tf.images.profiles import srgb_profile
from colorizer_tf.images.samples import in_8_bits

_PILLOW_NAMES = {"gif": "GIF", "webp": "WEBP", "png": "PNG", "avif": "AVIF"}
_LONGEST = 2**40
# GIF: the color that is none, behind 255 others; and "back to clear before the next frame".
_CLEAR, _TO_CLEAR = 255, 2


class AnimationOutput:
    """An animation that is written when all of its frames are there; see `PagesOutput`."""

    def __init__(
        self,
        stream: BinaryIO,
        format_name: str,
        *,
        like: AnimationPages,
        quality: int,
        made_by: str,
    ) -> None:
        """Start without a frame.

        Args:
            stream: written to by `finish`.
            format_name: "gif", "webp", "png" or "avif".
            like: the animation that is colored: brings its loop.
            quality: of WebP and AVIF, 1 to 100.
            made_by: the model's name, for the metadata.
        """
        self._stream, self._format, self._like = stream, format_name, like
        self._quality, self._made_by = quality, made_by
        self._frames: list[Image.Image] = []
        self._milliseconds: list[float] = []
        self._metadata = Metadata()

    def add(self, page: Page | KeptPage, rgb: np.ndarray | None) -> None:
        """See `PagesOutput`; of 16 bits the nearest 8 are taken."""
        if rgb is None or isinstance(page, KeptPage):
            return
        if not self._frames:
            self._metadata = page.photo.metadata
        pixels = with_alpha(in_8_bits(rgb), page.photo.alpha)
        self._frames.append(_indexed(pixels) if self._format == "gif" else Image.fromarray(pixels))
        self._milliseconds.append(page.milliseconds)

    def finish(self) -> None:
        """See `PagesOutput`; equal neighbors become one frame that is shown as long as both."""
        first, *others = self._frames
        output = OutputMetadata(
            self._metadata,
            (first.height, first.width),
            self._made_by,
            longest_exif=_LONGEST,
            longest_xmp=_LONGEST,
        )
        buffer = io.BytesIO()
        first.save(
            buffer,
            _PILLOW_NAMES[self._format],
            save_all=True,
            append_images=others,
            **self._settings(output),
        )
        content = buffer.getvalue()
        if self._format == "png":
            content = with_chunks(content, png_chunks(self._metadata, output))
        if self._format == "avif" and self._like.loop:
            content = with_plays(content, self._like.loop)
        self._stream.write(content)

    def _settings(self, output: OutputMetadata) -> dict[str, Any]:
        settings: dict[str, Any] = {"duration": self._milliseconds}
        if self._format == "gif":
            settings |= {"comment": output.sentence.encode()}
            if any("transparency" in frame.info for frame in self._frames):
                settings |= {"disposal": _TO_CLEAR}
        if self._format == "png":
            still = self._like.still_first
            settings |= {"default_image": still, "duration": self._milliseconds[still:]}
        if self._format in ("webp", "avif"):
            settings |= {
                "duration": list(map(round, self._milliseconds)),
                "quality": self._quality,
                "exif": output.exif.packed(),
                "xmp": output.xmp,
                "icc_profile": srgb_profile(),
            }
        if self._format == "avif":
            settings |= {"subsampling": "4:4:4"}
        elif self._like.loop is not None:
            settings |= {"loop": self._like.loop}
        elif self._format != "gif":
            settings |= {"loop": 1}
        return settings


def _indexed(pixels: np.ndarray) -> Image.Image:
    """A frame in its own 256 colors, or 255 and none where alpha is under a half."""
    image = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
    clear = pixels.shape[2] == 4
    palette = image.quantize(256 - clear, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    indexed = image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    if clear:
        colors = bytes(indexed.getpalette("RGB") or ())
        indexed.putpalette(colors.ljust(768, b"\0"))
        mask = Image.fromarray(np.where(pixels[..., 3] < 128, 255, 0).astype(np.uint8))
        indexed.paste(_CLEAR, mask=mask)
        indexed.info["transparency"] = _CLEAR
    return indexed
