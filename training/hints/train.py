"""Trains what hints spread by, over features of the frozen color network.

python -m training.hints.train output/hints/cnn --valid output/hints/valid --out output/cnn.npz
"""

import argparse
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from colorizer_tf.inference.hints.regions import regions_of
from colorizer_tf.networks.hints import HintHead, hint_head, write_hint_head
from training.hints.features import Features
from training.hints.field import Field, sampled

COUNTS = (1, 2, 3, 5, 8, 13, 21, 34, 60, 100)
QUERIES, BATCH = 512, 8


def draw(photos: Features, rows: np.ndarray, count: int, rng: np.random.Generator) -> list[Any]:
    """A batch: features, lab, prediction, and places and regions of hints and of queries."""
    lab = photos.lab[rows].astype(np.float32)
    side = lab.shape[1]
    at = rng.integers(0, side, (len(rows), count + QUERIES, 2)).astype(np.int32)
    regions = [regions_of(photo[..., 0])[:, y * side + x].T for photo, (y, x) in
               zip(lab, np.moveaxis(at, -1, 1), strict=True)]  # fmt: skip
    regions = np.stack(regions)
    features = photos.features[rows].astype(np.float32)
    halves = [at[:, :count], at[:, count:], regions[:, :count], regions[:, count:]]
    return [features, lab, photos.predicted[rows], *halves]


def errors(found: Any, truth: Any) -> Any:
    """About CIEDE2000, as CIE94 without L: `(n, q)`."""
    chroma = tf.sqrt(tf.reduce_sum(truth**2, -1) + 1e-6)
    return tf.sqrt(tf.reduce_sum((found - truth) ** 2, -1) + 0.1) / (1 + 0.045 * chroma)


class Trainer:
    def __init__(self, channels: int, rate: float, steps: int) -> None:
        self.head, self.field = hint_head(channels), Field()
        self.optimizer = keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(rate, steps), weight_decay=1e-4
        )
        self.optimizer.exclude_from_weight_decay(var_names=["bias"])
        self.scalars = [self.field.position]

    def predict(
        self, features: Any, lab: Any, predicted: Any, *places: Any, training: bool
    ) -> tuple[Any, Any]:
        spread, level = self.head(features, training=training), lab[..., 0]
        at, regions = places[:2], places[2:]
        hints, queries = (
            self.field.places(spread, level, *each) for each in zip(at, regions, strict=True)
        )
        truth = [tf.gather_nd(lab[..., 1:], each, batch_dims=1) for each in at]
        own = [sampled(predicted, each) for each in at]
        return own[1] + self.field.spread(hints, truth[0] - own[0], queries), truth[1]

    @tf.function(reduce_retracing=True)
    def step(self, *batch: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(self.scalars)
            found, truth = self.predict(*batch, training=True)
            loss = tf.reduce_mean(errors(found, truth))
        variables = self.head.trainable_variables
        gradients = tape.gradient(loss, [*variables, *self.scalars])
        gradients, _ = tf.clip_by_global_norm(gradients, 1.0)
        self.optimizer.apply_gradients(zip(gradients[: len(variables)], variables, strict=True))
        for scalar, gradient in zip(self.scalars, gradients[len(variables) :], strict=True):
            scalar.assign_sub(0.01 * gradient)
        return loss

    @tf.function(reduce_retracing=True)
    def score(self, *batch: Any) -> Any:
        found, truth = self.predict(*batch, training=False)
        return tf.reduce_mean(errors(found, truth))

    def save(self, path: Path) -> None:
        position = tuple(np.exp(self.field.position.numpy()).tolist())
        write_hint_head(HintHead(self.head, position), path)

    def load(self, path: Path) -> None:
        with np.load(path) as file:
            self.field.position.assign(np.log(file["position"]))
            for weight in self.head.weights:
                weight.assign(file[weight.path])


def validate(trainer: Trainer, photos: Features) -> dict[int, float]:
    rng = np.random.default_rng(1)
    found = {}
    rows = np.arange(len(photos.lab))
    for count in (1, 5, 10, 20, 50, 100):
        values = [
            float(trainer.score(*draw(photos, rows[i : i + BATCH], count, rng)))
            for i in range(0, len(rows), BATCH)
        ]
        found[count] = round(float(np.mean(values)), 3)
    return found


def none_score(photos: Features) -> float:
    at = np.random.default_rng(1).integers(0, 128, (len(photos.lab), QUERIES, 2)).astype(np.int32)
    own = sampled(tf.constant(photos.predicted), at)
    truth = tf.gather_nd(tf.constant(photos.lab[..., 1:].astype(np.float32)), at, batch_dims=1)
    return float(tf.reduce_mean(errors(own, truth)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--valid", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--start", type=Path)
    args = parser.parse_args()
    photos, valid = Features.load(args.photos), Features.load(args.valid)
    print("no hints", none_score(valid), flush=True)
    trainer = Trainer(photos.features.shape[-1], args.rate, args.steps)
    if args.start:
        trainer.load(args.start)
    rng = np.random.default_rng(0)
    usable = len(photos.lab)
    recent, began = [], time.time()
    for number in range(args.steps):
        rows = np.sort(rng.choice(usable, BATCH, replace=False))
        recent.append(float(trainer.step(*draw(photos, rows, int(rng.choice(COUNTS)), rng))))
        if number % 500 == 499 or number in (99, args.steps - 1):
            print(
                number + 1,
                f"{time.time() - began:.0f} s",
                round(float(np.mean(recent)), 3),
                validate(trainer, valid),
                np.exp(trainer.field.position.numpy()).round(2).tolist(),
                flush=True,
            )
            recent = []
            trainer.save(args.out)


if __name__ == "__main__":
    main()
