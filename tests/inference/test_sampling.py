"""The sampler of diffusion models against distributions whose denoiser is known exactly."""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from colorizer_tf.base.errors import UsageError
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.inference.runtimes.diffusion import DiffusionRun
from colorizer_tf.inference.sampling import rates, seeded_noise

FACTS = {
    "steps": 40,
    "guidance": 1.0,
    "labels": ["beach", "forest"],
    "color_scale": 1.0,
    "chroma_compression": 1e-6,
}
INFO = {"diffusion": FACTS, "ab_stride": 1, "size": 16}


def test_noise_is_standard_normal_and_the_same_in_both_libraries():
    positions = np.arange(128 * 128 * 2).reshape(128, 128, 2)
    noise = seeded_noise(7, positions)
    assert scipy.stats.kstest(noise.ravel(), "norm").pvalue > 0.01
    others = [seeded_noise(8, positions), np.roll(noise, 1), np.roll(noise, 1, 0), noise[::-1]]
    for other in others:
        assert abs(np.corrcoef(noise.ravel(), other.ravel())[0, 1]) < 0.02
    in_tensorflow = seeded_noise(tf.constant(7, tf.int64), tf.constant(positions, tf.int64))
    np.testing.assert_allclose(in_tensorflow, noise, atol=1e-9)


def gaussian_run(mean, deviation, seen=None):
    """A model whose colors are normal: its best denoiser is a formula (Ho et al. 2020)."""

    def denoise(inputs):
        if seen is not None:
            seen.append(inputs["label"])
        signal, noise = rates(inputs["time"][:, None, None, None])
        gain = deviation**2 * signal / (signal**2 * deviation**2 + noise**2)
        clean = mean + gain * (inputs["noisy"] - signal * mean)
        return (signal * inputs["noisy"] - clean) / noise

    def encode(inputs):
        return {"features": np.zeros((len(inputs["lightness"]), 16, 16, 1), np.float32)}

    return DiffusionRun(encode, denoise, INFO)


def test_steps_lead_to_the_distribution_whose_denoiser_it_is():
    request = PredictionRequest().resolved(INFO)
    drawn = gaussian_run(mean=3.0, deviation=0.5).variants(
        np.zeros((1, 16, 16, 1)), request, range(60)
    )
    colors = np.stack([each["ab"] for each in drawn])
    assert colors.mean() == pytest.approx(3.0, abs=0.02)
    assert colors.std() == pytest.approx(0.5, abs=0.03)


def test_labels_reach_the_denoiser_and_unknown_ones_are_named():
    seen = []
    run = gaussian_run(0.0, 1.0, seen)
    for label, number in ((None, 0), ("beach", 1), ("forest", 2)):
        request = PredictionRequest(label=label, steps=1).resolved(INFO)
        run(np.zeros((1, 16, 16, 1)), request)
        assert seen.pop() == [number]
    with pytest.raises(UsageError, match="label: received city, expected one of beach, forest"):
        PredictionRequest(label="city").resolved(INFO)
    with pytest.raises(UsageError, match="steps: received 3, expected none: only models"):
        PredictionRequest(steps=3).resolved({"size": 16})


def test_guidance_moves_away_from_what_is_likely_without_the_photo():
    def denoise(inputs):
        # Everything is 2 with the photo's features, and 1 without.
        known = inputs["features"].mean()
        signal, noise = rates(inputs["time"][:, None, None, None])
        return (signal * inputs["noisy"] - (1.0 + known)) / noise

    def encode(inputs):
        return {"features": np.ones((len(inputs["lightness"]), 4, 4, 1), np.float32)}

    run = DiffusionRun(encode, denoise, INFO)
    for guidance, expected in ((1.0, 2.0), (2.0, 3.0), (0.0, 1.0)):
        request = PredictionRequest(guidance=guidance).resolved(INFO)
        ab = run(np.zeros((1, 4, 4, 1)), request)["ab"]
        np.testing.assert_allclose(ab, expected, atol=1e-3)
