"""The diffusion model: the U-Net stays as it is, labels come from the records."""

import dataclasses

import numpy as np
import pytest

from colorizer_tf import BatchRequest, TrainConfig, load_records
from colorizer_tf.base.errors import UsageError
from colorizer_tf.models.registry import build_model
from colorizer_tf.training.completion import complete

CONFIG = TrainConfig(model="diffusion", widths=(8,), denoiser_widths=(8,), ema=0.0, ab_stride=2)


def test_a_frozen_network_does_not_move():
    model = build_model(dataclasses.replace(CONFIG, train_network=False), 10)
    before = [np.array(each) for each in model.network.weights]
    rng = np.random.default_rng(0)
    model.fit(rng.uniform(-1, 1, (4, 8, 8, 1)), rng.uniform(-1, 1, (4, 8, 8, 2)), verbose=0)
    for old, now in zip(before, model.network.weights, strict=True):
        np.testing.assert_array_equal(old, now)
    assert len(model.trainable_variables) == len(model.denoiser.trainable_variables)


def test_labels_are_those_of_the_records(record_set):
    config = dataclasses.replace(CONFIG, records=str(record_set), condition="label")
    labels = complete(config, (0, 1)).labels
    assert labels
    (lightness, numbers), ab = next(
        iter(load_records(BatchRequest(record_set, "train", 8, labels=labels)))
    )
    assert lightness.shape[0] == numbers.shape[0] == ab.shape[0] == 8
    assert set(np.asarray(numbers)) <= set(range(1, len(labels) + 1))
    with pytest.raises(UsageError, match="labels: received nowhere, expected folders"):
        complete(dataclasses.replace(config, labels=("nowhere",)), (0, 1))
    with pytest.raises(UsageError, match="feature_weight: received 1, expected 0"):
        complete(dataclasses.replace(config, feature_weight=1), (0, 1))
    with pytest.raises(UsageError, match="condition_drop: received 0, expected above 0"):
        complete(dataclasses.replace(config, condition_drop=0), (0, 1))
    with pytest.raises(UsageError, match="only diffusion"):
        complete(dataclasses.replace(config, model="cnn"), (0, 1))
