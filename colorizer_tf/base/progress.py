"""Progress on stderr: a bar on a terminal, a line every few seconds elsewhere."""

import sys
import threading
import time

from tqdm import tqdm

_SECONDS_A_LINE = 15.0
_SECONDS_A_TICK = 0.5


class Progress:
    """Counts photos, or what `unit` says; a context."""

    def __init__(self, title: str, total: int, *, shown: bool, unit: str = "photos") -> None:
        self._title, self._total, self._done, self._unit = title, total, 0, unit
        self._start = self._said = time.monotonic()
        terminal = sys.stderr.isatty()
        self._lines = shown and not terminal and total > 1
        # Of one photo there is no rate: only the time goes on.
        form = None if total > 1 else "{desc}: {elapsed}"
        self._bar = tqdm(
            desc=title,
            total=total,
            unit=f" {unit}",
            disable=not (shown and terminal),
            smoothing=0.1,
            bar_format=form,
        )
        self._ended = threading.Event()
        self._clock = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> "Progress":
        if self._total == 1 and not self._bar.disable:
            self._clock.start()
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._ended.set()
        self._bar.close()
        if self._lines and error is None:
            self._say()

    def add(self, count: int) -> None:
        """Count some as done."""
        self._done += count
        self._bar.update(count)
        if self._lines and time.monotonic() - self._said > _SECONDS_A_LINE:
            self._say()

    def _tick(self) -> None:
        while not self._ended.wait(_SECONDS_A_TICK):
            self._bar.refresh()

    def _say(self) -> None:
        self._said = time.monotonic()
        rate = self._done / max(1e-9, self._said - self._start)
        left = max(0, self._total - self._done) / rate if rate else 0
        text = f"{self._title}: {self._done} of {self._total} {self._unit}, {spell_rate(rate)}/s"
        print(text + (f", {left:.0f} s left" if left else ""), file=sys.stderr)  # noqa: T201


def spell_rate(rate: float) -> str:
    """A rate with at least two digits: 0.43, 7.1, 12, 2310."""
    return f"{rate:.2f}" if rate < 1 else f"{rate:.1f}" if rate < 10 else f"{rate:.0f}"
