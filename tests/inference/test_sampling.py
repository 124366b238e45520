"""The sampler of diffusion models against distributions whose denoiser is known exactly."""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from colorizer_tf.base.errors import UsageError
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.inference.runtimes.diffusion import DiffusionRun
from colorizer_tf.inference.sampling import rates, seeded_noise, tamed
from colorizer_tf.networks.denoiser import rates as denoiser_rates

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


def test_rates_are_a_shifted_cosine_schedule_in_all_libraries():
    time = np.linspace(0.05, 1, 20, dtype=np.float32)
    signal, noise = rates(time)
    np.testing.assert_allclose(signal**2 + noise**2, 1, atol=1e-6)
    log_ratio = 2 * np.log(signal[:-1] / noise[:-1])
    cosine = -2 * np.log(np.tan(np.pi / 2 * time[:-1]))
    # Hoogeboom, Heek and Salimans 2023, from no shift to that of 16 times the side.
    np.testing.assert_allclose(log_ratio, cosine - 2 * time[:-1] * np.log(16), atol=1e-4)
    assert abs(signal[-1]) < 1e-6
    for others in (rates(tf.constant(time)), denoiser_rates(time)):
        for one, other in zip((signal, noise), others, strict=True):
            np.testing.assert_allclose(np.ravel(other), one, atol=1e-6)


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


def test_eight_steps_keep_the_variety_of_a_whole_picture():
    def denoise(inputs):
        # Each picture has one color, normal with the deviation 0.7: noise has less in its mean.
        signal, noise = (np.float64(rate) for rate in rates(inputs["time"][:, None, None, None]))
        mean = inputs["noisy"].mean((1, 2), keepdims=True)
        gain = 0.49 * signal / (signal**2 * 0.49 + noise**2 / 32**2)
        return ((signal * inputs["noisy"] - gain * mean) / noise).astype(np.float32)

    def encode(inputs):
        return {"features": np.zeros((len(inputs["lightness"]), 32, 32, 1), np.float32)}

    request = PredictionRequest(steps=8).resolved(INFO)
    drawn = DiffusionRun(encode, denoise, INFO).variants(
        np.zeros((1, 32, 32, 1)), request, range(200)
    )
    means = np.stack([each["ab"].mean((0, 1)) for each in drawn])
    # 0.22 of it with DDIM steps and a cosine schedule that is not shifted.
    assert 0.8 * 0.7 < means.std() < 1.15 * 0.7


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


def test_a_request_to_several_models_leaves_each_what_it_takes():
    asked = PredictionRequest(steps=3, label="beach", temperature=0.5, mirror=True)
    assert asked.taken_by(INFO) == PredictionRequest(steps=3, label="beach")
    unlabeled = {"diffusion": FACTS | {"labels": []}, "size": 16}
    assert asked.taken_by(unlabeled) == PredictionRequest(steps=3)
    assert asked.taken_by({"size": 16}) == PredictionRequest(mirror=True)
    of_classes = PredictionRequest(temperature=0.5, mirror=True)
    assert asked.taken_by({"size": 16, "classes": {}}) == of_classes


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


@pytest.mark.parametrize(
    ("facts", "sharper", "less"), [({}, 1, 1), ({"temperature": 0.5, "noise": 0.4}, 2, 0.4)]
)
def test_draws_start_as_tame_as_the_model_says(facts, sharper, less):
    seen = []

    def denoise(inputs):
        seen.append(inputs)
        return np.zeros_like(inputs["noisy"])

    def encode(inputs):
        rng = np.random.default_rng(0)
        shape = (len(inputs["lightness"]), 16, 16)
        return {"features": np.zeros((*shape, 1)), "logits": rng.normal(size=(*shape, 9))}

    info = INFO | {"diffusion": FACTS | facts}
    run = DiffusionRun(encode, denoise, info)
    drawn = run.variants(np.zeros((1, 16, 16, 1)), PredictionRequest(steps=1).resolved(info), [7])
    noise = seeded_noise(7, np.arange(512).reshape(16, 16, 2))
    mean = noise.mean((0, 1))
    np.testing.assert_allclose(seen[0]["noisy"][0], mean + less * (noise - mean), atol=1e-6)
    likely = drawn[0]["likely_logits"]
    np.testing.assert_allclose(seen[0]["logits"][0], sharper * likely, atol=1e-5)
    in_tensorflow = tamed(tf.constant(noise[None]), less)
    np.testing.assert_allclose(in_tensorflow[0], mean + less * (noise - mean), atol=1e-9)
