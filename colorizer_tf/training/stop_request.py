"""SIGINT and SIGTERM as a request to stop after the step under way."""

import os
import signal
from typing import Any, Self

NOTICE = b"\nstopping after this step; Ctrl-C again stops at once\n"


class StopRequest:
    """Remembers a signal to stop while the context is entered; a second one interrupts at once.

    Outside of the main thread, where signals cannot be handled, it never requests anything.

    Attributes:
        name: of the signal received, such as "SIGINT"; empty before.
    """

    def __init__(self) -> None:
        self.name = ""
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                self._handlers[number] = signal.signal(number, self._remember)
            except ValueError:
                break
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()

    def _remember(self, number: int, frame: Any) -> None:  # noqa: ARG002
        if self.name:
            raise KeyboardInterrupt
        self.name = signal.Signals(number).name
        # Not by print: the signal may have come in the middle of one.
        os.write(2, NOTICE)
