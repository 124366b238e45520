"""What happens around the steps of a training: checkpoints, the guard, the log, TensorBoard."""

from colorizer_tf.training.callbacks.averages import SwapAverages
from colorizer_tf.training.callbacks.checkpoints import Checkpoints
from colorizer_tf.training.callbacks.guard import Guard
from colorizer_tf.training.callbacks.log import RunLog, events_of
from colorizer_tf.training.callbacks.profiling import Profile
from colorizer_tf.training.callbacks.report import RunReport
from colorizer_tf.training.callbacks.tensorboard import TensorBoardLog

__all__ = [
    "Checkpoints",
    "Guard",
    "Profile",
    "RunLog",
    "RunReport",
    "SwapAverages",
    "TensorBoardLog",
    "events_of",
]
