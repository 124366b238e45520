"""The outcome of a run, and its report as JSON."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colorizer_tf.base.files import replacing
from colorizer_tf.batch.task import PhotoResult

FORMAT_VERSION = 1


@dataclass
class Outcome:
    """The outcome of a run.

    Attributes:
        results: one a photo, in the order found, without those that were not reached.
        total: number of photos found.
        seconds: duration.
        interrupted: whether Ctrl-C ended it.
        stopped: why else it ended early, such as a full disk; else empty.
        passed_by: kind -> number of files in folders and archives that were not read.
        is_running: whether threads are still coloring a photo, after Ctrl-C.
    """

    results: list[PhotoResult] = field(default_factory=list)
    total: int = 0
    seconds: float = 0.0
    interrupted: bool = False
    stopped: str = ""
    passed_by: dict[str, int] = field(default_factory=dict)
    is_running: bool = False

    def counts(self) -> dict[str, int]:
        """How many were done, skipped, failed, and are left."""
        found = Counter(result.status for result in self.results)
        counts = {status: found[status] for status in ("done", "skipped", "failed")}
        return counts | {"left": max(self.total - sum(counts.values()), 0)}

    @property
    def rate(self) -> float:
        """Photos colored per second."""
        return self.counts()["done"] / max(self.seconds, 1e-9)


def write_report(
    path: Path, outcome: Outcome, model: dict[str, str], options: dict[str, Any]
) -> None:
    """Write the report of a run, whole or not at all; its keys are in `docs/colorize.md`.

    Args:
        path: the file.
        outcome: the run's.
        model: its name and identity.
        options: of the command.

    Raises:
        ColorizerError: if it cannot be written.
    """
    head = {
        "format_version": FORMAT_VERSION,
        "options": options,
        "model": model,
        "totals": outcome.counts()
        | {"seconds": round(outcome.seconds, 3), "photos_per_second": round(outcome.rate, 3)},
        "interrupted": outcome.interrupted,
        "stopped": outcome.stopped,
        "passed_by": outcome.passed_by,
    }
    # ASCII only, so that names of any bytes survive as escapes. Written line by line: there may be
    # a million files.
    with replacing(path) as file:
        file.write(json.dumps(head, indent=1).removesuffix("\n}").encode("ascii"))
        file.write(b',\n "files": [')
        for number, result in enumerate(outcome.results):
            line = json.dumps(_file(result, model["name"]))
            file.write((",\n  " if number else "\n  ").encode("ascii") + line.encode("ascii"))
        file.write(b"\n ]\n}\n")


def _file(result: PhotoResult, model: str) -> dict[str, Any]:
    return {
        "source": str(result.source),
        "status": result.status,
        "reason": result.reason,
        "note": result.note,
        "output": str(result.output) if result.output else None,
        "width": result.width,
        "height": result.height,
        "bytes": result.size,
        "seconds": round(result.seconds, 3),
        "model": model,
    } | ({"colors_given": result.given} if result.given else {})
