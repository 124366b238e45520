"""Where pictures lie on a PDF's pages, by their content streams (ISO 32000-1, 8.3 and 8.9)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pikepdf

from colorizer_tf.base.errors import ImageError

# A picture of the page shows at least this share of it.
FULL_PAGE = 0.5
_MOST_PAINTED, _DEEPEST_FORM = 1000, 8
_OPERATORS = "q Q cm Do"
_IDENTITY = np.eye(3)


@dataclass(frozen=True)
class Placed:
    """A picture on a page.

    Attributes:
        picture: its stream.
        share: of the page that it covers, 0 to 1.
        turns: by how many times 90 degrees to the left it is turned to stand as readers see it.
        flipped: whether it is flipped upside down before that.
    """

    picture: Any
    share: float
    turns: int
    flipped: bool


def placed_pictures(page: pikepdf.Page) -> list[Placed]:
    """The pictures on a page in the order in which they are painted; at most 1000."""
    box = [float(number) for number in page.cropbox]
    left, right = sorted((box[0], box[2]))
    bottom, top = sorted((box[1], box[3]))
    area = (right - left) * (top - bottom)
    if not area > 0:
        return []
    rotation = _rotation_of(page)
    placed = []
    for picture, matrix in _painted(page, page.resources, _IDENTITY, _Budget()):
        corners = np.array([[0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]]) @ matrix
        low = np.maximum(corners[:, :2].min(axis=0), (left, bottom))
        high = np.minimum(corners[:, :2].max(axis=0), (right, top))
        share = float(np.prod(np.maximum(high - low, 0))) / area
        (a, b), (c, d) = matrix[0, :2], matrix[1, :2]
        flipped = a * d - b * c < 0
        degrees = math.degrees(math.atan2(b, a)) - rotation
        placed.append(Placed(picture, share, round(degrees / 90) % 4, flipped))
    return placed


class _Budget:
    """What is left to be painted: forms that paint forms could go on without end."""

    def __init__(self) -> None:
        self._left = _MOST_PAINTED

    def take(self) -> bool:
        self._left -= 1
        return self._left >= 0


def _painted(
    content: Any, resources: Any, matrix: np.ndarray, budget: _Budget, depth: int = 0
) -> Iterator[tuple[Any, np.ndarray]]:
    """Pictures, and the matrices that take the unit square onto the page."""
    kept: list[np.ndarray] = []
    start = matrix
    for operands, operator in pikepdf.parse_content_stream(content, _OPERATORS):
        name = str(operator)
        if name == "q":
            kept.append(matrix)
        elif name == "Q":
            matrix = kept.pop() if kept else start
        elif name == "cm":
            matrix = _matrix(operands) @ matrix
        elif name == "Do" and operands and budget.take():
            named = _named(resources, operands[0])
            kind = named.get("/Subtype") if named is not None else None
            if kind == "/Image":
                yield named, matrix
            elif kind == "/Form" and depth < _DEEPEST_FORM:
                inner = _matrix(list(named.get("/Matrix", [1, 0, 0, 1, 0, 0]))) @ matrix
                below = named.get("/Resources", resources)
                yield from _painted(named, below, inner, budget, depth + 1)


def _named(resources: Any, name: Any) -> Any:
    """The stream that a name stands for; None if there is none."""
    try:
        found = resources["/XObject"][str(name)]
    except (KeyError, TypeError, ValueError):
        return None
    return found if isinstance(found, pikepdf.Stream) else None


def _matrix(numbers: Any) -> np.ndarray:
    values = [float(number) for number in numbers]
    if len(values) != 6 or not all(map(math.isfinite, values)):
        raise ImageError("broken page (matrix)")
    a, b, c, d, e, f = values
    return np.array([[a, b, 0], [c, d, 0], [e, f, 1]])


def _rotation_of(page: pikepdf.Page) -> int:
    """How far the page is turned to the right, in degrees; the value may lie above the page."""
    node: Any = page.obj
    for _ in range(_DEEPEST_FORM):
        if node is None or "/Rotate" in node:
            break
        node = node.get("/Parent")
    return int(node["/Rotate"]) if node is not None and "/Rotate" in node else 0
