"""How much hints help a model: true colors at points of photos against their number, beside Levin.

The protocol of `docs/evaluation.md`, with the photos (--photos, a folder or archive) in an order
drawn at random, until --limit are done or the processor's minutes are used up. Levin's method
takes about half of them. Needs SciPy.
"""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from frame import benchmark

from colorizer_tf import Colorizer
from colorizer_tf.evaluation.hint_scores import COLUMNS, hint_scores
from colorizer_tf.evaluation.photos import FilePhotos
from colorizer_tf.evaluation.protocol import prepared

# No hints, then what people give, then what the protocol of the field has.
COUNTS = (0, 1, 5, 10, 50, 100)
_SPOKEN = 10


def measure(
    photos: str = "../shared/photos/photos-valid.zip",
    model: str = "cnn",
    limit: int = 1000,
    minutes: float = 40.0,
) -> dict[str, Any]:
    """The table, and what the targets are set on."""
    colorizer = Colorizer(model, runtime="onnx", threads=1)
    found = FilePhotos([Path(photos)])
    order = np.random.default_rng(0).permutation(len(found.items))[:limit]
    found.items = [found.items[index] for index in order]
    found.names = [found.names[index] for index in order]
    scores: list[np.ndarray] = []
    start = time.process_time()
    for raw in found.read():
        if time.process_time() - start > 60 * minutes:
            break
        photo = prepared(raw.name, raw.decode())
        scores.append(hint_scores(colorizer, photo, COUNTS, seed=0))
        if len(scores) % _SPOKEN == 0:
            print(len(scores), table(scores), file=sys.stderr, flush=True)
    rows = table(scores)
    none = rows[0]["delta_e"]
    by_count = dict(zip(COUNTS, rows, strict=True))
    levins = [
        min(row["levin"], row["levin_on_model"]) - row["delta_e"]
        for count, row in by_count.items()
        if 0 < count <= 50
    ]
    return {
        "photos": len(scores),
        "processor_minutes": (time.process_time() - start) / 60,
        "by_hints": {str(count): row for count, row in by_count.items()},
        "less_at_10": 1 - by_count[10]["delta_e"] / none,
        "less_at_100": 1 - by_count[100]["delta_e"] / none,
        "least_lead_on_levin_up_to_50": min(levins),
        "largest_at_the_hints": max(row["own_delta_e"] for row in rows[1:]),
    }


def table(scores: list[np.ndarray]) -> list[dict[str, float]]:
    """Means over photos, a row for each number of hints."""
    means = np.mean(scores, axis=0)
    return [
        {name: float(value) for name, value in zip(COLUMNS, row, strict=True) if value == value}
        for row in means
    ]


if __name__ == "__main__":
    benchmark(
        measure,
        asked={
            "less_at_10": ">= 0.2",
            "less_at_100": ">= 0.45",
            "least_lead_on_levin_up_to_50": ">= 0",
            "largest_at_the_hints": "<= 2",
        },
    )
