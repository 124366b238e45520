"""Frames of a film as planes: their lightness, and new frames with their color."""

from typing import Any

import numpy as np

from colorizer_tf.color.merge.planes import Coding, luma_lightness, merge_planes
from colorizer_tf.inference.prediction import Prediction
from colorizer_tf.inference.scales import network_sides
from colorizer_tf.video.reading import import_av

# FFmpeg's numbers.
UNSPECIFIED, FULL_RANGE, LIMITED_RANGE = 2, 2, 1
BT709, BT601 = 1, 6
# The weights of red and blue in luma, by FFmpeg's number of the matrix (ITU-T H.273, table 4).
WEIGHTS = {
    BT709: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    BT601: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}
# Lines from which on players take an untold matrix for that of HD.
HD_LINES, HD_COLUMNS = 720, 1280


def working_format(frame: Any, bits: int) -> str:
    """The pixel format that a frame is colored in: 4:2:0 where both sides are even, else 4:4:4."""
    layout = "yuv420p" if frame.width % 2 == frame.height % 2 == 0 else "yuv444p"
    return layout if bits == 8 else f"{layout}{bits}le"


def bits_of(frame: Any) -> int:
    """Bits of a channel that are kept: 8 or 10."""
    return 10 if any(component.bits > 8 for component in frame.format.components) else 8


def matrix_of(frame: Any) -> int:
    """FFmpeg's number of the matrix; one that is not told goes by the frame's size."""
    if frame.colorspace in WEIGHTS:
        return int(frame.colorspace)
    return BT709 if frame.height >= HD_LINES or frame.width >= HD_COLUMNS else BT601


def prepared(frame: Any, bits: int) -> Any:
    """The frame with a luma plane of so many bits, and its matrix and range told.

    Nothing is copied of frames whose luma is so already: nearly all.
    """
    matrix, span = matrix_of(frame), frame.color_range or LIMITED_RANGE
    if _has_luma(frame, bits):
        ready = frame
        span = FULL_RANGE if frame.format.name.startswith("yuvj") else span
    else:
        ready = frame.reformat(
            format=working_format(frame, bits), dst_colorspace=matrix, dst_color_range=span
        )
        ready.pts, ready.time_base, ready.duration = frame.pts, frame.time_base, frame.duration
    ready.colorspace, ready.color_range = matrix, span
    return ready


def upright_lightness(frame: Any, turns: int, size: int) -> np.ndarray:
    """The L* that the network sees of a prepared frame, turned up by quarter turns.

    Args:
        frame: what `prepared` gave.
        turns: see `turns_of`.
        size: the network's.
    """
    coding = _coding_of(frame)
    height, width = network_sides(frame.height, frame.width, size)
    return np.rot90(luma_lightness(_codes(frame, 0), coding, height, width), turns)


def turns_of(frame: Any) -> int:
    """Quarter turns to the left that bring a decoded frame upright."""
    return round(frame.rotation / 90) % 4


def colored(frame: Any, prediction: Prediction, turns: int, strength: float) -> Any:
    """A new frame: the prepared one's L*, and the color predicted for its upright picture."""
    coding = _coding_of(frame)
    new = import_av().VideoFrame(frame.width, frame.height, working_format(frame, coding.bits))
    merge_planes(
        _codes(frame, 0),
        coding,
        np.ascontiguousarray(np.rot90(prediction.lightness, -turns)),
        np.ascontiguousarray(np.rot90(prediction.ab, -turns)) * np.float32(strength),
        (_codes(new, 0), _codes(new, 1), _codes(new, 2)),
        ab_stride=prediction.ab_stride,
    )
    new.colorspace, new.color_range = frame.colorspace, frame.color_range
    new.pts, new.time_base, new.duration = frame.pts, frame.time_base, frame.duration
    return new


def _has_luma(frame: Any, bits: int) -> bool:
    """Whether the first plane is luma of so many bits, alone and in the machine's order."""
    name, first = frame.format.name, frame.format.components[0]
    is_luma = name.startswith(("yuv4", "yuvj4", "yuva4", "nv12", "nv16", "nv21"))
    return is_luma and first.bits == bits and (bits == 8 or name.endswith("le"))


def _coding_of(frame: Any) -> Coding:
    red, blue = WEIGHTS[int(frame.colorspace)]
    bits = frame.format.components[0].bits
    return Coding(red, blue, bits, full=int(frame.color_range) == FULL_RANGE)


def _codes(frame: Any, number: int) -> np.ndarray:
    """The codes `(h, w)` of a plane, without what FFmpeg lengthens its rows by."""
    plane = frame.planes[number]
    kind = np.dtype(np.uint8 if frame.format.components[0].bits == 8 else "<u2")
    rows = np.frombuffer(plane, kind).reshape(plane.height, plane.line_size // kind.itemsize)
    return rows[:, : plane.width]
