"""How the color network learns: from the cross-entropy of color classes, and as a GAN."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

from training.gpu.adversaries import Adversary
from training.gpu.color import ColorClasses, enlarge
from training.gpu.executor import Network
from training.gpu.optimization import MovingAverage, adamw, bfloat16, descend, set_rates
from training.gpu.photos import RandomBatches

# At which adversaries see the colors: less than 1, so that they are lively.
GAN_TEMPERATURE = 0.3
# Length of an adversary's gradient in logits, as a share of the cross-entropy's.
SHARE = 0.15

# Called after each step with its number from 1, its loss and the averaged weights.
Report = Callable[[int, Tensor, MovingAverage], None]


def train_cnn(
    network: Network,
    photos: RandomBatches,
    classes: ColorClasses,
    steps: int,
    batch: int,
    report: Report,
) -> MovingAverage:
    """Train on the cross-entropy of color classes; returns the averaged weights."""
    optimizer = adamw(network, 3e-4, 1.5e-3, weight_decay=0.04, betas=(0.9, 0.99))
    average = MovingAverage(network.train(), 0.9985)
    rising = min(200, steps // 8 + 1)
    for step in range(steps):
        warmup = min(1, (step + 1) / rising)
        set_rates(optimizer, warmup * (0.002 + 0.99 * (1 + math.cos(math.pi * step / steps)) / 2))
        lightness, lab = photos.draw(batch)
        with bfloat16(lab):
            (logits,) = network(lightness)
        loss = classes.cross_entropy(logits, lab[:, 1:]).mean()
        loss.backward()
        descend(network, optimizer)
        average.update()
        report(step + 1, loss, average)
    return average


def train_gan(
    network: Network,
    adversaries: Mapping[str, Adversary],
    photos: RandomBatches,
    classes: ColorClasses,
    steps: int,
    batch: int,
    report: Report,
) -> MovingAverage:
    """Go on with a trained network, against adversaries; returns the averaged weights.

    The cross-entropy stays the loss. To its gradient in the logits comes that of each adversary,
    brought to `SHARE` of its length: so no weight of a loss has to be found.
    """
    optimizer = adamw(network, 5e-5, 2e-4, weight_decay=0.01, betas=(0.5, 0.99))
    average = MovingAverage(network.train(), 0.998)
    ratios: dict[str, Tensor] = {}
    for step in range(steps):
        set_rates(optimizer, min(1, (step + 1) / 50) * min(1, 2 * (1 - step / steps)))
        lightness, lab = photos.draw(batch)
        with bfloat16(lab):
            (predicted,) = network(lightness)
        logits = predicted.detach().float().requires_grad_()
        loss = classes.cross_entropy(logits, lab[:, 1:]).mean()
        (exact,) = torch.autograd.grad(loss, logits)
        total = exact
        for name, adversary in adversaries.items():
            # Both have the network's L; the true ab is as coarse as the predicted one.
            true = enlarge(functional.avg_pool2d(lab[:, 1:], 4), 4)
            colors = classes.predict(logits, GAN_TEMPERATURE)
            pull = adversary(50 * (lightness + 1), true, colors)
            (gradient,) = torch.autograd.grad(pull, logits)
            ratio = exact.norm() / (gradient.norm() + 1e-12)
            ratios[name] = 0.98 * ratios.get(name, ratio) + 0.02 * ratio
            total = total + SHARE * ratios[name].clamp_max(1e6) * gradient
        predicted.backward(total.to(predicted.dtype))
        descend(network, optimizer)
        average.update()
        report(step + 1, loss, average)
    return average
