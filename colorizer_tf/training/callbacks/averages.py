"""Validation with averaged weights."""

from typing import Any

import keras


class SwapAverages(keras.callbacks.SwapEMAWeights):
    """Puts averaged weights and batch statistics in place while the model is validated."""

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        super().on_test_begin(logs)
        if self.model.statistics_average:
            self.model.statistics_average.swap()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        super().on_test_end(logs)
        if self.model.statistics_average:
            self.model.statistics_average.swap()
