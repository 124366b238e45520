"""The sheet of a run: held-out photos by its best weights, and how its epochs scored."""

from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from colorizer_tf.base.files import write_atomic
from colorizer_tf.color.difference import ciede2000_same_lightness
from colorizer_tf.images import encode_png
from colorizer_tf.models.base import ColorizationModel
from colorizer_tf.training.callbacks.tensorboard import in_units, picture_grid
from colorizer_tf.training.checkpoint import load_weights
from colorizer_tf.training.run_folder import History, RunFolder

_CELL, _GAP, _LINE = 160, 16, 22
_TRIPLES_A_ROW = 2
_MOST_EPOCHS = 24
_FONT = ImageFont.load_default(15)
_COLUMNS = (
    ("epoch", "epoch", 0),
    ("CIEDE2000", "val_delta_e", 2),
    ("gray", "gray_delta_e", 2),
    ("colorfulness", "val_colorfulness", 1),
    ("true", "true_colorfulness", 1),
    ("PSNR", "val_psnr", 2),
)


def write_sheet(folder: RunFolder, model: ColorizationModel, photos: tuple[Any, Any]) -> None:
    """Write a run's sheet. The model has its best weights afterwards, for export and no training.

    Args:
        folder: of the run, which has a best epoch.
        model: of the run.
        photos: scaled L and scaled ab of held-out photos.
    """
    load_weights(model, folder.best)
    model.exported_network()
    lightness, true = in_units(*photos)
    predicted = np.asarray(model.samples(lightness)[0])
    triples = np.split(picture_grid(lightness, [predicted], true), len(lightness))
    captions = [
        f"CIEDE2000 {_mean_difference(found, truth):.1f} "
        f"(gray {_mean_difference(np.zeros_like(found), truth):.1f})"
        for found, truth in zip(predicted, true, strict=True)
    ]
    sheet = _sheet(triples, captions, folder.read_history(), folder.best_row())
    write_atomic(folder.sheet, encode_png(sheet))


def _mean_difference(ab: np.ndarray, truth: np.ndarray) -> float:
    return float(ciede2000_same_lightness(ab, truth).mean())


def _sheet(
    triples: list[np.ndarray], captions: list[str], history: History, best: dict[str, float]
) -> np.ndarray:
    rows, shown = -(-len(triples) // _TRIPLES_A_ROW), _spread(history)
    step = 3 * _CELL + _GAP
    top, high = _GAP + 2 * _LINE, _CELL + _LINE + _GAP
    height = top + rows * high + (len(shown) + 1) * _LINE + _GAP
    image = Image.new("RGB", (_TRIPLES_A_ROW * step + _GAP, height), "white")
    draw = ImageDraw.Draw(image)
    title = f"best epoch: {best['epoch']:.0f} of {len(history)}" if best else "no best epoch"
    draw.text((_GAP, _GAP), f"Held-out photos by the {title}", "black", _FONT)
    draw.text((_GAP, _GAP + _LINE), "each: gray | predicted | true", "dimgray", _FONT)
    for number, (triple, caption) in enumerate(zip(triples, captions, strict=True)):
        row, column = divmod(number, _TRIPLES_A_ROW)
        left, upper = _GAP + column * step, top + row * high
        enlarged = cv2.resize(triple, (3 * _CELL, _CELL), interpolation=cv2.INTER_CUBIC)
        image.paste(Image.fromarray(enlarged), (left, upper))
        draw.text((left, upper + _CELL + 2), caption, "dimgray", _FONT)
    _table(draw, top + rows * high, shown, best)
    return np.asarray(image)


def _table(draw: ImageDraw.ImageDraw, top: int, rows: History, best: dict[str, float]) -> None:
    lines = [("black", [title for title, _, _ in _COLUMNS])]
    for row in rows:
        cells = [f"{row[key]:.{digits}f}" if key in row else "" for _, key, digits in _COLUMNS]
        is_best = row["epoch"] == best.get("epoch")
        lines.append(("darkgreen" if is_best else "dimgray", cells + ["best"] * is_best))
    for number, (ink, cells) in enumerate(lines):
        for column, cell in enumerate(cells):
            draw.text((_GAP + 120 * column, top + number * _LINE), cell, ink, _FONT)


def _spread(history: History) -> History:
    """At most so many rows, the first and the last among them."""
    count = min(len(history), _MOST_EPOCHS)
    return [history[round(at)] for at in np.linspace(0, len(history) - 1, count)]
