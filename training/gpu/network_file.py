"""A network in a file that Keras and PyTorch both read: its operations, its weights, an example.

A NumPy archive without pickles. Whoever writes it also writes what the network makes of an example;
whoever reads it runs the example and compares, so a difference between the two is found at once.
"""

import io
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.base.files import write_atomic

# The largest difference of any output of the example, between Keras and PyTorch in float32.
TOLERANCE = 1e-3


class NetworkFile(NamedTuple):
    """What the file holds.

    Attributes:
        operations: in an order in which they can be run; each a dictionary of `name`, `kind` (the
            Keras class), `inputs` (names), `settings` and `weights` (names).
        outputs: names of operations.
        facts: what is known of the network: settings, training.
        weights: float32 arrays by "layer/weight", in Keras's order of dimensions.
        example: `(1, h, w, c)` float32.
        answers: what each output is for the example, `(1, h, w, c)`.
    """

    operations: list[dict[str, Any]]
    outputs: list[str]
    facts: dict[str, Any]
    weights: dict[str, np.ndarray]
    example: np.ndarray
    answers: list[np.ndarray]


def example_picture(channels: int) -> np.ndarray:
    """Noise `(1, 64, 96, channels)` in [-1, 1]."""
    shape = (1, 64, 96, channels)
    return np.random.default_rng(0).uniform(-1, 1, shape).astype("float32")


def write(path: Path, file: NetworkFile) -> None:
    """Write the file, whole or not at all."""
    described = json.dumps(
        {"operations": file.operations, "outputs": file.outputs, "facts": file.facts}
    )
    arrays: dict[str, Any] = {"description": described, "example": file.example, **file.weights}
    arrays |= {f"answer{number}": answer for number, answer in enumerate(file.answers)}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    write_atomic(path, buffer.getvalue())


def read(path: Path) -> NetworkFile:
    """Read what `write` wrote."""
    with np.load(path) as arrays:
        described = json.loads(str(arrays["description"]))
        return NetworkFile(
            **described,
            weights={name: arrays[name] for name in arrays.files if "/" in name},
            example=arrays["example"],
            answers=[arrays[f"answer{number}"] for number in range(len(described["outputs"]))],
        )


def check_answers(file: NetworkFile, found: list[np.ndarray]) -> float:
    """The largest difference from the answers in the file.

    Raises:
        ColorizerError: if it is over `TOLERANCE`.
    """
    pairs = zip(file.answers, found, strict=True)
    worst = max(float(np.abs(answer - other).max()) for answer, other in pairs)
    if not worst <= TOLERANCE:
        raise ColorizerError(
            f"outputs of the example differ by {worst:.2g}, expected at most {TOLERANCE:g}: "
            "Keras and PyTorch do not compute the same network; write the file again with plan.py"
        )
    return worst
