"""Stills of a series: color that is steady from one to the next, as that of films is."""

import dataclasses
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError
from colorizer_tf.batch.plan import Planned
from colorizer_tf.batch.task import PhotoTask
from colorizer_tf.video.steadiness import steady

if TYPE_CHECKING:
    from colorizer_tf.inference.colorizer import Colorizer


def in_order(photos: Iterable[Planned]) -> list[int]:
    """The numbers of the photos by folder, then by name as people count: 2 comes before 10."""
    keys = [(os.path.dirname(each.found.path), _counted(each.found.name)) for each in photos]
    return sorted(range(len(keys)), key=keys.__getitem__)


def with_steady_color(
    photos: Iterable[Planned], task_of: Callable[[Planned], PhotoTask], colorizer: "Colorizer"
) -> Iterator[PhotoTask]:
    """The tasks of photos that are to be colored, with their predictions.

    Each folder is a series, cut where sizes change and where neighbors show different scenes.
    Photos that are done are looked at again, as their neighbors depend on them.

    Args:
        photos: in order, those that are done too.
        task_of: gives the task of one.
        colorizer: the model.
    """
    seen = ((each, _lightness(each, colorizer)) for each in photos if not each.problem)
    for (_, shape), group in itertools.groupby(seen, _series_of):
        if shape is None:
            # Colored, they are named with the reason.
            yield from (task_of(each) for each, _ in group if not each.done)
            continue
        series = ((each, lightness) for each, lightness in group if lightness is not None)
        for each, prediction in steady(series, colorizer.predict_lightness, every=1):
            if not each.done:
                yield dataclasses.replace(task_of(each), prediction=prediction)


def _series_of(seen: tuple[Planned, np.ndarray | None]) -> tuple[str, tuple[int, ...] | None]:
    planned, lightness = seen
    folder = os.path.dirname(planned.found.path)
    return folder, None if lightness is None else lightness.shape


def _lightness(planned: Planned, colorizer: "Colorizer") -> np.ndarray | None:
    try:
        data = images.read_file(Path(planned.found.path))
        # As `encode_outputs` merges color onto it.
        return colorizer.lightness(colorizer.restored(images.decode_photo(data).pixels).picture)
    except ImageError:
        return None


def _counted(name: str) -> list[tuple[int, str]]:
    parts = re.findall(r"\d+|\D+", name)
    return [(int(part) if part.isdecimal() else -1, part) for part in parts]
