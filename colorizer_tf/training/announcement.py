"""What a run says before its first step."""

import sys

import tensorflow as tf

from colorizer_tf.data.request import count_records
from colorizer_tf.models.base import ColorizationModel
from colorizer_tf.models.options import TrainConfig
from colorizer_tf.training.run_data import RunData


def describe(
    config: TrainConfig, data: RunData, model: ColorizationModel, strategy: tf.distribute.Strategy
) -> list[str]:
    """Sentences on the network, the photos, the steps and the devices of a run."""
    steps = data.steps_per_epoch()
    valid = config.valid_records or config.records
    device = model.network.weights[0].value.device.split(":")[-2]
    count = strategy.num_replicas_in_sync
    return [
        f"training {config.model}: {model.network.count_params() / 1e6:.1f} M parameters, encoder "
        f"{config.encoder}, loss {config.loss}, at {config.size} px, on {count} "
        f"{device}",
        f"photos: {count_records(config.records, 'train'):,} of {config.records}, "
        f"{count_records(valid, 'valid'):,} held out of {valid}",
        f"steps: {config.epochs} epochs of {steps:,} steps of {config.batch_size} photos: "
        f"{config.epochs * steps:,} steps; the first one compiles them, which takes up to a minute",
    ]


def say(sentences: list[str]) -> None:
    """Print sentences at once, also into a pipe."""
    for sentence in sentences:
        print(sentence, file=sys.stderr, flush=True)  # noqa: T201
