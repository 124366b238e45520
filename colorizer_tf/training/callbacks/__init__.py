"""What happens around the steps of a training: checkpoints, the log, TensorBoard."""

from colorizer_tf.training.callbacks.checkpoints import Checkpoints, read_progress
from colorizer_tf.training.callbacks.guard import Guard
from colorizer_tf.training.callbacks.log import RunLog, best_row, events_of, read_history
from colorizer_tf.training.callbacks.tensorboard import TensorBoardLog

__all__ = [
    "Checkpoints",
    "Guard",
    "RunLog",
    "TensorBoardLog",
    "best_row",
    "events_of",
    "read_history",
    "read_progress",
]
