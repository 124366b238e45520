"""Zip archives of photos to random crops and to squares; in an archive a folder is a source."""

import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from training.gpu.color import rgb_to_lab

SIZE = 128
# Photos are kept with their shorter side at SIZE, the longer one cut to this.
LONGEST = 160
# 0 draws photos as they come; with 1 no folder counts for more than the median one.
BALANCE = 0.35
# By the start of the folder's name: more of people, and of scenes with people; fewer drawings.
FACTORS = {"p_": 1.3, "q_": 1.3, "s_": 1.3, "t_": 1.3, "pacs_cartoon": 0.4, "solus": 0.4}
JITTER, AGED = 0.25, 0.3
MAX_GRAIN, MAX_FADING = 0.1, 0.3


class Photos(NamedTuple):
    """Decoded photos.

    Attributes:
        pixels: `(n, 160, 160, 3)` uint8, each photo in the upper left corner.
        sides: `(n, 2)`, height and width of each.
        folders: of each.
    """

    pixels: np.ndarray
    sides: np.ndarray
    folders: list[str]


def read_photos(
    archives: Iterable[Path], takes: Callable[[str], bool], most: int | None = None
) -> Photos:
    """The photos of the folders that `takes` says yes to; at most so many of them, at random."""
    opened = [zipfile.ZipFile(path) for path in archives]
    names = [
        (archive, info.filename)
        for archive in opened
        for info in archive.infolist()
        if not info.is_dir() and takes(_folder(info.filename))
    ]
    if most is not None:
        names = [names[i] for i in np.random.default_rng(0).permutation(len(names))[:most]]
    pixels = np.zeros((len(names), LONGEST, LONGEST, 3), np.uint8)
    sides = np.zeros((len(names), 2), np.int64)

    def decode(number: int) -> None:
        archive, name = names[number]
        with archive.open(name) as file, Image.open(file) as image:
            photo = np.asarray(_resized(image.convert("RGB")))
        top, left = (max(0, (side - LONGEST) // 2) for side in photo.shape[:2])
        photo = photo[top : top + LONGEST, left : left + LONGEST]
        height, width = sides[number] = photo.shape[:2]
        pixels[number, :height, :width] = photo

    with ThreadPoolExecutor() as pool:
        for _ in pool.map(decode, range(len(names))):
            pass
    for archive in opened:
        archive.close()
    return Photos(pixels, sides, [_folder(name) for _, name in names])


def _folder(name: str) -> str:
    return name.split("/")[0]


def _resized(image: Image.Image) -> Image.Image:
    scale = SIZE / min(image.size)
    if scale == 1:
        return image
    width, height = (max(SIZE, round(side * scale)) for side in image.size)
    # A box keeps fine detail from aliasing far down; near the size Lanczos is sharper.
    kernel = Image.Resampling.BOX if scale < 0.6 else Image.Resampling.LANCZOS
    return image.resize((width, height), kernel)


def squares(photos: Photos) -> np.ndarray:
    """The middle `(n, 128, 128, 3)` of each photo."""
    corners = [tuple((side - SIZE) // 2 for side in sides) for sides in photos.sides]
    cut = [
        pixels[top : top + SIZE, left : left + SIZE]
        for pixels, (top, left) in zip(photos.pixels, corners, strict=True)
    ]
    return np.stack(cut)


class RandomBatches:
    """Batches of photos that are held on the device.

    Args:
        photos: to draw from.
        device: that holds them.
        size: of the batches' pictures.
    """

    def __init__(self, photos: Photos, device: str, size: int = SIZE) -> None:
        self.size = size
        self.pixels = torch.from_numpy(photos.pixels).to(device)
        self.sides = torch.from_numpy(photos.sides).float().to(device)
        self.chances = torch.from_numpy(chances(photos.folders)).float().to(device)

    def draw(self, count: int) -> tuple[Tensor, Tensor]:
        """Scaled L `(n, 1, size, size)` as an old or a new photo has it, and the true LAB."""
        drawn = torch.multinomial(self.chances, count, replacement=True)
        rgb = self.pixels[drawn].permute(0, 3, 1, 2).float() / 255
        lab = rgb_to_lab(random_crops(rgb, self.sides[drawn], self.size))
        lightness = age_lightness(jitter_lightness(lab[:, :1] / 50 - 1))
        return lightness.contiguous(memory_format=torch.channels_last), lab

    def mean_ab(self) -> list[float]:
        """Mean a and b of photos as they are drawn."""
        means = [self.draw(256)[1][:, 1:].mean((0, 2, 3)) for _ in range(20)]
        return torch.stack(means).mean(0).tolist()


def chances(folders: list[str]) -> np.ndarray:
    """How likely each photo is drawn, as shares of the likeliest's."""
    counts = Counter(folders)
    median = float(np.median(list(counts.values())))
    of_folder = {name: min(1.0, median / count) ** BALANCE for name, count in counts.items()}
    for name in of_folder:
        for start, factor in FACTORS.items():
            of_folder[name] *= factor if name.startswith(start) else 1.0
    return np.array([of_folder[name] for name in folders])


def random_crops(pictures: Tensor, sides: Tensor, size: int) -> Tensor:
    """`(n, 3, size, size)` of pictures in the corner of `(n, 3, 160, 160)`, half of them mirrored.

    Four in ten are a whole square; the others are 35 to 100 % of it, stretched by up to 1.5 between
    the axes and turned by up to 0.15 rad.
    """
    count, device = len(pictures), pictures.device

    def uniform(low: float = 0.0, high: float = 1.0) -> Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, device=device)

    height, width = sides[:, :1, None], sides[:, 1:, None]
    whole = uniform() < 0.4
    side = torch.minimum(height, width) * torch.where(whole, 1.0, uniform(0.35, 1.0))
    stretch = torch.where(whole, 0.0, uniform(-0.2, 0.2)).exp()
    angle = torch.where(whole, 0.0, uniform(-0.15, 0.15))
    crop_height = torch.minimum(side * stretch, height)
    crop_width = torch.minimum(side / stretch, width)
    middle_y = crop_height / 2 + uniform() * (height - crop_height)
    middle_x = crop_width / 2 + uniform() * (width - crop_width)
    steps = (torch.arange(size, device=device) + 0.5) / size - 0.5
    y = steps[None, :, None] * crop_height
    x = steps[None, None, :] * crop_width * torch.where(uniform() < 0.5, -1.0, 1.0)
    turned_x = middle_x + x * angle.cos() - y * angle.sin()
    turned_y = middle_y + x * angle.sin() + y * angle.cos()
    # What a turned crop would read beyond the photo is its edge.
    turned_x = turned_x.clamp_min(0.5).minimum(width - 0.5)
    turned_y = turned_y.clamp_min(0.5).minimum(height - 0.5)
    grid = torch.stack([turned_x, turned_y], -1) * 2 / LONGEST - 1
    return functional.grid_sample(pictures, grid, "bilinear", "border", align_corners=False)


def jitter_lightness(lightness: Tensor) -> Tensor:
    """Other tone curve, contrast and offset, as `data.augment.jitter_lightness`."""
    draws = JITTER * (2 * _per_picture(lightness, 3) - 1)
    curve, contrast, offset = draws[0], 1 + draws[1], 0.5 * draws[2]
    bent = (contrast - curve * contrast * lightness) * lightness + curve * contrast + offset
    return bent.clamp(-1, 1)


def age_lightness(lightness: Tensor) -> Tensor:
    """Some pictures unsharp, grainy and faded, as `data.augment.age_lightness`."""
    draws = _per_picture(lightness, 6)
    soft = functional.avg_pool2d(lightness, 3, 1, 1, count_include_pad=False)
    aged = lightness + draws[1] * (soft - lightness)
    fine = torch.randn_like(lightness)
    # Noise of two pixels, as loud as that of one.
    larger = functional.pad(torch.randn_like(lightness), (0, 1, 0, 1), mode="reflect")
    coarse = 2 * functional.avg_pool2d(larger, 2, 1)
    aged = aged + MAX_GRAIN * draws[2] * torch.where(draws[3] < 0.5, fine, coarse)
    range_left, gray = 1 - MAX_FADING * draws[4], draws[5] - 0.5
    aged = range_left * aged + (1 - range_left) * gray
    return torch.where(draws[0] < AGED, aged.clamp(-1, 1), lightness)


def _per_picture(pictures: Tensor, count: int) -> Tensor:
    return torch.rand(count, len(pictures), 1, 1, 1, device=pictures.device)
