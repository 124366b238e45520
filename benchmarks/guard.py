"""Which event the guard names on settings that are broken on purpose, and that good ones have none.

A small GAN on drawn photos, a few epochs for each line of SETTINGS, under `--on-collapse ignore`.
"""

import dataclasses
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from frame import benchmark

from colorizer_tf.base.startup import load_tensorflow

# What is broken, and the event that must be among those named (none for good settings).
SETTINGS: dict[str, tuple[dict[str, Any], str | None]] = {
    "good": ({}, None),
    "good, hinge": ({"adversarial_loss": "hinge"}, None),
    "discriminator's learning rate x50": (
        {
            "learning_rate": 4e-5,
            "discriminator_learning_rate": 2e-3,
            "discriminator_widths": (32, 64, 64),
            "spectral_norm": False,
        },
        "discriminator_won",
    ),
    "no reconstruction loss": (
        {"reconstruction_weight": 0.0, "learning_rate": 0.02, "clip_norm": 0.0},
        "collapse",
    ),
    "no reconstruction loss, adversarial weight x1000, hinge": (
        {
            "reconstruction_weight": 0.0,
            "adversarial_weight": 1000.0,
            "adversarial_loss": "hinge",
            "spectral_norm": False,
            "learning_rate": 0.01,
        },
        "over_saturation",
    ),
    "a reconstruction loss alone, that asks for gray": (
        {"adversarial_weight": 0.0, "learning_rate": 1e-6, "generator_epochs": 0},
        "collapse",
    ),
    "all learning rates 1e6": (
        {"learning_rate": 1e6, "optimizer": "sgd", "clip_norm": 0.0, "spectral_norm": False},
        "not_finite",
    ),
}


def measure(folder: Path, epochs: int = 8, steps: int = 60) -> dict[str, Any]:
    """The events of all settings, and how many have none that they must have."""
    load_tensorflow()
    events = events_of_settings(folder, epochs, steps)
    wrong = [
        name
        for name, (_, wanted) in SETTINGS.items()
        if (wanted not in events[name] if wanted else events[name])
    ]
    return {"events": events, "wrong": len(wrong)}


def events_of_settings(folder: Path, epochs: int, steps: int) -> dict[str, list[str]]:
    """The events named for each of SETTINGS."""
    from colorizer_tf import RecordOptions, TrainConfig, build_records

    draw_scenes(folder / "photos", 256)
    options = RecordOptions(size=32, valid_fraction=0.2)
    build_records([folder / "photos"], folder / "records", options, progress=False)
    config = TrainConfig(
        model="gan",
        records=str(folder / "records"),
        widths=(16, 32),
        ab_stride=2,
        loss="mae",
        ema=0.0,
        discriminator_widths=(16, 32),
        batch_size=16,
        epochs=epochs,
        generator_epochs=2,
        steps_per_epoch=steps,
        learning_rate=2e-3,
        pictures=0,
        on_collapse="ignore",
    )
    return {
        name: run_events(dataclasses.replace(config, **changes), folder / f"run-{number}")
        for number, (name, (changes, _)) in enumerate(SETTINGS.items())
    }


def draw_scenes(folder: Path, count: int, side: int = 64) -> None:
    """Skies over meadows with fruit: color that follows from what is drawn, and can be learned."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(count):
        horizon = int(rng.integers(side // 4, 3 * side // 4))
        picture = np.empty((side, side, 3), np.float32)
        picture[:horizon], picture[horizon:] = (235, 190, 130), (50, 130, 60)
        for _ in range(int(rng.integers(1, 6))):
            center = rng.integers(0, side, 2).tolist()
            cv2.circle(picture, center, int(rng.integers(4, 12)), (40, 50, 200), -1)
            cv2.circle(picture, center, 3, (80, 220, 240), -1)
        # Half as strong: colors of photos, which can also be too strong.
        picture = 0.5 * picture + 0.5 * picture.mean(-1, keepdims=True)
        picture = picture * rng.uniform(0.7, 1.05) + rng.normal(0, 4, (side, side, 1))
        cv2.imwrite(str(folder / f"{number:03d}.png"), np.clip(picture, 0, 255).astype(np.uint8))


def run_events(config: Any, run: Path) -> list[str]:
    """The events of a run; one whose loss is not finite ends by that."""
    from colorizer_tf import ColorizerError, train_model
    from colorizer_tf.training.callbacks import events_of
    from colorizer_tf.training.run_folder import RunFolder

    try:
        train_model(config, run, verbose=0)
    except ColorizerError as error:
        if "training stopped" not in str(error):
            raise
        return ["not_finite"]
    return sorted({event for row in RunFolder(run).read_history() for event in events_of(row)})


if __name__ == "__main__":
    benchmark(measure, asked={"wrong": "== 0"})
