"""How long a step takes: between the ends of steps, so without compilation and validation."""

import time


class StepClock:
    """Counts steps and the seconds that they take."""

    def __init__(self) -> None:
        self.steps, self.seconds = 0, 0.0
        self._last: float | None = None

    def pause(self) -> None:
        """Not count the time up to the end of the next step."""
        self._last = None

    def tick(self) -> None:
        """Note the end of a step."""
        now = time.monotonic()
        if self._last is not None:
            self.steps += 1
            self.seconds += now - self._last
        self._last = now

    def seconds_per_step(self) -> float:
        """The mean so far; 0 before the second step."""
        return self.seconds / self.steps if self.steps else 0.0
