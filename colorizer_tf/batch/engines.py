"""A `colorize` command on the engine that the user chose: threads of this process, or Spark."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from colorizer_tf.batch.finding import Found
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.plan import Model
from colorizer_tf.batch.report import Outcome
from colorizer_tf.inference import model_json
from colorizer_tf.inference.guidance import NOTHING_OF_ANY, GuidanceOf
from colorizer_tf.inference.request import PredictionRequest


@dataclass(frozen=True)
class Command:
    """What the user asked for.

    Attributes:
        out: the output folder.
        model: the model's folder.
        prediction: what is asked of the model, resolved.
        options: how to color.
        guidance: what a person said of photos' colors.
        overwrite: color again what is done, and replace files that no earlier run wrote.
        runtime: as of `Colorizer`.
        workers: photos at a time; None is one a core.
        progress: whether to show it on stderr.
        verbose: whether to show TensorFlow's messages.
    """

    out: Path
    model: Path
    prediction: PredictionRequest
    options: ColorizeOptions
    guidance: GuidanceOf = NOTHING_OF_ANY
    overwrite: bool = False
    runtime: str = "auto"
    workers: int | None = None
    progress: bool = False
    verbose: bool = False

    def named_model(self) -> Model:
        """The model's name and identity, without loading it."""
        info = model_json.read_info(self.model)
        name = str(info.get("name", self.model.name))
        return Model(name, self.prediction.identity(info), self.prediction)


@dataclass(frozen=True)
class Used:
    """What colored the photos, for the report."""

    model: Model
    runtime: str
    workers: int


def color_here(found: Sequence[Found], command: Command) -> tuple[Outcome, Used]:
    """Color photos in threads of this process."""
    from colorizer_tf.base.execution.threads import count_cores
    from colorizer_tf.batch.run import colorize_found
    from colorizer_tf.inference.colorizer import Colorizer

    if command.runtime == "tensorflow":
        from colorizer_tf.base.startup import load_tensorflow

        load_tensorflow(verbose=command.verbose)
    cores = count_cores()
    workers = command.workers or cores
    if not any(each.is_zip for each in found):
        workers = min(workers, len(found))
    colorizer = Colorizer(
        command.model,
        runtime=command.runtime,
        # A film's decoder and encoder take the other cores.
        threads=1 if any(each.film for each in found) else max(cores // workers, 1),
        **vars(command.prediction),
    )
    outcome = colorize_found(
        found,
        command.out,
        colorizer,
        command.options,
        guidance=command.guidance,
        overwrite=command.overwrite,
        workers=workers,
        progress=command.progress,
    )
    model = Model(colorizer.name, colorizer.identity, colorizer.request)
    return outcome, Used(model, colorizer.runtime, workers)


def color_on_spark(
    found: Sequence[Found], command: Command, master: str | None
) -> tuple[Outcome, Used]:
    """Color photos on Spark; `master` is its URL, None that of Spark's own settings."""
    from colorizer_tf.base.execution.spark import SparkExecutor
    from colorizer_tf.batch.request import ColorizeRequest
    from colorizer_tf.batch.run import colorize_with
    from colorizer_tf.batch.session import WAITING_THREADS, RemoteSession

    model = command.named_model()
    request = ColorizeRequest(
        command.model.absolute(),
        command.prediction,
        command.runtime,
        model.identity,
        command.options,
    )
    executor = SparkExecutor(master, threads=WAITING_THREADS + 1)
    session = RemoteSession(executor, request)
    outcome = colorize_with(
        session,
        found,
        command.out,
        model,
        command.options,
        guidance=command.guidance,
        overwrite=command.overwrite,
        progress=command.progress,
    )
    return outcome, Used(model, session.runtime, executor.cores)
