"""The steps of a run, from its last checkpoint to its end: one `fit` a stage."""

from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.models.base import ColorizationModel, Stage
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.training.callbacks import (
    Checkpoints,
    Guard,
    Profile,
    RunLog,
    RunReport,
    SwapAverages,
    TensorBoardLog,
)
from colorizer_tf.training.distributed import fit_together
from colorizer_tf.training.run_data import RunData
from colorizer_tf.training.run_folder import RunFolder
from colorizer_tf.training.stop_request import StopRequest
from colorizer_tf.training.strategy import deal, mean_over_machines


@dataclass(frozen=True)
class Fitting:
    """Takes the steps of a run.

    Attributes:
        config: the run's settings.
        folder: the run's folder.
        data: its record sets; their worker tells which machine this is.
        model: built and compiled inside of the strategy's scope.
        strategy: of `build_strategy`.
        baseline: of `measure_baseline`.
        report: what a person reads of the run, if it is wanted.
        profile: how many steps are profiled, see `Profile`.
    """

    config: TrainConfig
    folder: RunFolder
    data: RunData
    model: ColorizationModel
    strategy: tf.distribute.Strategy
    baseline: dict[str, float]
    report: RunReport | None = None
    profile: int = 0

    def run(self) -> None:
        """Take all steps that are left.

        Raises:
            ColorizerError: if the run ends early; it says how to continue.
        """
        total = self.config.epochs * self.data.steps_per_epoch()
        try:
            with StopRequest() as stop:
                step = self._restore()
                while step < total:
                    self._fit(step, stop)
                    # What follows continues from the checkpoint at the end of this part.
                    step = self._restore()
        finally:
            if self.report:
                self.report.close()

    def _fit(self, step: int, stop: StopRequest) -> None:
        """The steps up to the end of a stage, or of an epoch that was interrupted."""
        steps = self.data.steps_per_epoch()
        epoch, done = divmod(step, steps)
        stages = self.model.stages(self.config)
        number = next(number for number, stage in enumerate(stages) if epoch < stage.end)
        self.model.enter(stages[number].name)
        arguments: dict[str, Any] = {
            # Keras counts the same number of steps in each epoch: the rest of an interrupted one
            # is a fit of its own.
            "initial_epoch": epoch,
            "epochs": epoch + 1 if done else stages[number].end,
            "steps_per_epoch": steps - done,
            "callbacks": self._callbacks(step, stop, self._baseline(stages, number)),
        }
        train, valid = self.data.train(step), self.data.valid_for_model
        if self.data.worker[1] > 1:
            fit_together(self.model, self.strategy, train, validation_data=valid, **arguments)
        else:
            # The pipeline did shuffle.
            train, valid = deal(self.strategy, train), deal(self.strategy, valid)
            self.model.fit(train, validation_data=valid, shuffle=False, verbose=0, **arguments)

    def _baseline(self, stages: tuple[Stage, ...], number: int) -> dict[str, float]:
        return self.baseline | ({"stage": number + 1.0} if len(stages) > 1 else {})

    def _callbacks(
        self, step: int, stop: StopRequest, baseline: dict[str, float]
    ) -> list[keras.callbacks.Callback]:
        """In this order an epoch is judged, then logged, then acted upon."""
        is_chief = self.data.worker[0] == 0
        checkpoints = Checkpoints(self.folder, self.config, step, stop, writes=is_chief)
        callbacks: list[keras.callbacks.Callback] = [Guard(self.config, baseline, checkpoints)]
        if is_chief:
            count = self.config.pictures
            pictures = self.data.first_photos(count) if count else None
            callbacks += [
                RunLog(self.folder, self.config.batch_size, step, baseline),
                TensorBoardLog(self.folder.tensorboard, step, pictures, self.baseline),
            ]
        callbacks.append(checkpoints)
        if is_chief and self.profile:
            callbacks.append(Profile(self.folder.tensorboard, self.profile))
        if self.report:
            self.report.begin(step, baseline, checkpoints)
            callbacks.append(self.report)
        if self.config.ema and (self.model.stage != "discriminator" or self.model.has_average()):
            # Last, so that all others see the end of a validation with these weights in place.
            callbacks.append(SwapAverages())
        return callbacks

    def _restore(self) -> int:
        """Load the last checkpoint, on all machines the same one."""
        if self.data.worker[1] == 1:
            return self.folder.restore(self.model)
        # Only once all are here has the chief written its last one.
        mean_over_machines(self.strategy, 0.0)
        step = self.folder.restore(self.model)
        # Machines that continue from different steps would train on silently, or wait for ever.
        if mean_over_machines(self.strategy, step) != step:
            raise ColorizerError(
                f"{self.folder} is at step {step} here, and at another one on another machine: "
                f"give all of them one folder on storage that they share"
            )
        return step
