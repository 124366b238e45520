"""How a stored picture is turned upright (EXIF 2.32, tag 0x0112), and what turns with it."""

from collections.abc import Callable

import numpy as np

_TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: np.fliplr,
    3: lambda stored: np.rot90(stored, 2),
    4: np.flipud,
    5: lambda stored: np.swapaxes(stored, 0, 1),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.swapaxes(np.rot90(stored, 2), 0, 1),
    8: lambda stored: np.rot90(stored, 1),
}
_FIRST_SWAPPED = 5

# The same turns for a point: x and y across the stored picture, both in [0, 1].
_POINT_TURNS: dict[int, Callable[[float, float], tuple[float, float]]] = {
    2: lambda x, y: (1 - x, y),
    3: lambda x, y: (1 - x, 1 - y),
    4: lambda x, y: (x, 1 - y),
    5: lambda x, y: (y, x),
    6: lambda x, y: (1 - y, x),
    7: lambda x, y: (1 - y, 1 - x),
    8: lambda x, y: (y, 1 - x),
}


def swaps_sides(orientation: int) -> bool:
    """Whether height and width change places."""
    return orientation >= _FIRST_SWAPPED


def upright(stored: np.ndarray, orientation: int) -> np.ndarray:
    """A picture `(h, w, ...)` turned upright, C-contiguous."""
    turn = _TURNS.get(orientation)
    return np.ascontiguousarray(stored if turn is None else turn(stored))


def upright_point(x: float, y: float, orientation: int) -> tuple[float, float]:
    """Where a point of the stored picture lies in the upright one; all in [0, 1]."""
    turn = _POINT_TURNS.get(orientation)
    return (x, y) if turn is None else turn(x, y)


def upright_sides(across: float, down: float, orientation: int) -> tuple[float, float]:
    """Two lengths or densities, across and down the stored picture, as they lie when upright."""
    return (down, across) if swaps_sides(orientation) else (across, down)
