"""The photos that entries are scored on, from folders and archives or from records."""

import dataclasses
from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

from colorizer_tf import color, images
from colorizer_tf.base.errors import ColorizerError, ImageError, UsageError
from colorizer_tf.evaluation.protocol import strips, without_padding
from colorizer_tf.records.manifest import load_manifest
from colorizer_tf.records.readers import read_item
from colorizer_tf.records.reading import read_shard
from colorizer_tf.records.sources import Item, Listing, list_sources, printable

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class RawPhoto:
    """A photo as it was read: an image file, an 8-bit LAB array, or the reason why it was not."""

    name: str
    content: bytes | np.ndarray | ImageError

    def decode(self) -> np.ndarray:
        """The `(h, w, 3)` uint8 sRGB picture.

        Raises:
            ImageError: if it cannot be read or decoded; the message is the reason.
        """
        if isinstance(self.content, ImageError):
            raise self.content
        if isinstance(self.content, bytes):
            return images.decode_image(self.content)
        return _rgb_of_record(self.content)


class PhotoSet(Protocol):
    """Photos in a fixed order.

    Attributes:
        names: of the photos, unique.
        left_out: names of photos that the limit left out.
        source: name of where they come from, for the report.
        mean_ab: mean a*, b* of the training photos they were held out from, if known.
    """

    names: list[str]
    left_out: list[str]
    source: str
    mean_ab: tuple[float, float] | None

    def read(self) -> Iterator[RawPhoto]:
        """The photos in the order of `names`, read one at a time."""


class FilePhotos:
    """Photos in folders, archives and files, in the order of the source.

    Args:
        paths: folders, .zip and .tar archives, image files.
        limit: largest number of photos, spread evenly over all.

    Raises:
        UsageError: if there is no such source.
        ColorizerError: if none holds an image file.
    """

    mean_ab: tuple[float, float] | None = None

    def __init__(self, paths: list[Path], limit: int | None = None) -> None:
        self.listing = list_sources(paths)
        self.source = ", ".join(source.name for source in self.listing.sources)
        every = self.listing.items
        if not every:
            raise ColorizerError(
                f"no photos in {', '.join(map(str, paths))}: files that end in .jpg, .png, .tif "
                "and the like are looked for"
            )
        names = item_names(self.listing, every)
        chosen = spread(range(len(every)), limit)
        self.items, self.names = [every[i] for i in chosen], [names[i] for i in chosen]
        self.left_out = sorted(set(names) - set(self.names))

    def read(self) -> Iterator[RawPhoto]:
        """The photos, in the order of `names`, read one at a time."""
        for name, item in zip(self.names, self.items, strict=True):
            yield RawPhoto(name, read_or_reason(self.listing, item))


class RecordPhotos:
    """The held-out photos of a record set, or all of them if none were held out.

    Args:
        path: the set's folder.
        limit: largest number of photos, spread evenly over all.

    Raises:
        ColorizerError: if there is no such set or it cannot be read.
    """

    def __init__(self, path: Path, limit: int | None = None) -> None:
        manifest = load_manifest(path)
        counts = manifest["records"]
        self.split = "valid" if counts["valid"] else "train"
        self.path, self.padded = path, manifest["options"].get("fit") == "pad"
        self.source = f"{path.name} ({self.split})"
        self.mean_ab = mean_ab_of(path) if counts["train"] else None
        self.shards = [s["name"] for s in manifest["shards"] if s["split"] == self.split]
        every = range(counts[self.split])
        if not every:
            raise ColorizerError(f"{path} holds no records: see colorizer-tf records show {path}")
        seen: dict[str, int] = {}
        names = [unique_name(seen, printable(name)) for name, _ in self._records(every)]
        # Of what there is, not of what the manifest says: it may be damaged.
        self._chosen = set(spread(range(len(names)), limit))
        self.names = [name for index, name in enumerate(names) if index in self._chosen]
        self.left_out = sorted(set(names) - set(self.names))

    def read(self) -> Iterator[RawPhoto]:
        """The photos, in the order of `names`, read one at a time."""
        pictures = (lab for _, lab in self._records(self._chosen))
        for name, lab in zip(self.names, pictures, strict=True):
            yield RawPhoto(name, without_padding(lab) if self.padded else lab)

    def _records(self, chosen: Container[int]) -> Iterator[tuple[str, np.ndarray]]:
        records = (record for name in self.shards for record in read_shard(self.path / name))
        for number, record in enumerate(records):
            if number in chosen:
                yield record.source, record.picture()


def mean_ab_of(records: Path) -> tuple[float, float]:
    """Mean a* and b* of a record set's photos, from its manifest.

    Raises:
        ColorizerError: if there is no such set, or its manifest does not tell.
    """
    try:
        _, a, b = (float(value) for value in load_manifest(records)["color"]["mean"])
    except (KeyError, TypeError, ValueError):
        raise ColorizerError(
            f"{records}: its manifest has no color statistics: build the set again"
        ) from None
    return a, b


def item_names(listing: Listing, items: Iterable[Item]) -> list[str]:
    """Names of the items: paths inside their source, preceded by its name if there are several."""
    several = len(listing.sources) > 1
    seen: dict[str, int] = {}
    return [
        unique_name(seen, listing.named(item) if several else printable(item.name))
        for item in items
    ]


def unique_name(seen: dict[str, int], name: str) -> str:
    """The name, with a number added if it was seen before."""
    seen[name] = seen.get(name, 0) + 1
    return name if seen[name] == 1 else f"{name} ({seen[name]})"


def read_or_reason(listing: Listing, item: Item) -> bytes | ImageError:
    """The content of an item, or the reason why it cannot be read."""
    try:
        return read_item(listing.sources[item.source], item)
    except ImageError as error:
        return error


def spread(items: Sequence[T], limit: int | None) -> list[T]:
    """At most `limit` of the items, spread evenly over them.

    Raises:
        UsageError: if the limit is under 1.
    """
    if limit is not None and limit < 1:
        raise UsageError(f"--limit: received {limit}, expected at least 1")
    if limit is None or limit >= len(items):
        return list(items)
    return [items[number * len(items) // limit] for number in range(limit)]


def _rgb_of_record(lab8: np.ndarray) -> np.ndarray:
    rgb = np.empty_like(lab8)
    for rows in strips(*lab8.shape[:2]):
        lab = lab8[rows] * np.array([100 / 255, 1, 1], np.float32)
        lab -= np.array([0, 128, 128], np.float32)
        rgb[rows] = np.rint(255 * color.lab_to_rgb(lab))
    return rgb
