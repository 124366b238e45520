"""Options of an evaluation."""

from dataclasses import dataclass, field
from typing import Any

from colorizer_tf.evaluation.front import Sweep
from colorizer_tf.evaluation.inception import Inception
from colorizer_tf.evaluation.photos import RawPhoto
from colorizer_tf.evaluation.protocol import Photo, prepared

# a*, b*, and where they are from.
MeanAb = tuple[tuple[float, float], str]


@dataclass(frozen=True)
class Preparation:
    """How photos are prepared; see `protocol.prepared`."""

    side: int | None = None
    crop: bool = False

    def photo(self, raw: RawPhoto) -> Photo:
        """The photo, prepared for scoring.

        Raises:
            ImageError: if it cannot be decoded.
        """
        return prepared(raw.name, raw.decode(), self.side, crop=self.crop)


@dataclass(frozen=True)
class EvaluationOptions:
    """Options of an evaluation.

    Attributes:
        preparation: of the photos.
        mean_ab: color of the mean-ab baseline and its source; None takes it from models or photos.
        resamples: bootstrap resamples behind each interval.
        seed: of the resamples.
        pictures: about how many photos the report shows.
        peer_seconds: time limit of a command.
        costs: measure speed and memory.
        inception: for the FID; None leaves it out.
        sweep: settings at which models are scored in addition; None leaves the fronts out.
        request: fields of `PredictionRequest` for all models, such as `size`.
    """

    preparation: Preparation = field(default_factory=Preparation)
    mean_ab: MeanAb | None = None
    resamples: int = 1000
    seed: int = 0
    pictures: int = 48
    peer_seconds: float = 3600.0
    costs: bool = True
    inception: Inception | None = None
    sweep: Sweep | None = None
    request: dict[str, Any] = field(default_factory=dict)
