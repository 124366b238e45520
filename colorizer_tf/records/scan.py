"""First pass: hashes of all files, duplicates, and the split of each photo."""

import dataclasses
import hashlib
from collections import defaultdict
from itertools import groupby, islice

import cv2

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError
from colorizer_tf.records.readers import read_item
from colorizer_tf.records.sources import Item, Listing, Skip, Source

_ITEMS_A_TASK = 128
_NEAR_BITS = 3


@dataclasses.dataclass(frozen=True)
class ScanTask:
    """Items of one source, to be read in one go."""

    source: Source
    items: tuple[Item, ...]
    with_dhash: bool


@dataclasses.dataclass(frozen=True, slots=True)
class ScanResult:
    """What the scan found in a file: the hashes of its content, or why it cannot be read."""

    sha256: str = ""
    dhash: int | None = None
    reason: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class SelectedPhoto:
    """An item and the hash of its content."""

    item: Item
    sha256: str


def scan_tasks(listing: Listing, *, with_dhash: bool) -> list[ScanTask]:
    """The first pass in pieces; put together, their results are in the order of `listing.items`."""
    tasks = []
    for index, of_source in groupby(listing.items, key=lambda item: item.source):
        while chunk := tuple(islice(of_source, _ITEMS_A_TASK)):
            tasks.append(ScanTask(listing.sources[index], chunk, with_dhash))
    return tasks


def scan(task: ScanTask) -> list[ScanResult]:
    """Read the files of a task and take their hashes."""
    return [_scan_item(task, item) for item in task.items]


def _scan_item(task: ScanTask, item: Item) -> ScanResult:
    try:
        data = read_item(task.source, item)
    except ImageError as error:
        return ScanResult(reason=str(error))
    dhash = _difference_hash(data) if task.with_dhash else None
    return ScanResult(hashlib.sha256(data).hexdigest(), dhash)


def _difference_hash(data: bytes) -> int | None:
    """64-bit dHash: whether each pixel of a 9x8 gray copy is darker than its right neighbor."""
    try:
        rgb = images.decode_image(data, 32)
    except ImageError:  # the second pass gives the reason
        return None
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (9, 8), interpolation=cv2.INTER_AREA)
    bits = (small[:, :-1] < small[:, 1:]).flatten()
    return int("".join("01"[bit] for bit in bits.astype(int)), 2)


def select(listing: Listing, results: list[ScanResult]) -> tuple[list[SelectedPhoto], list[Skip]]:
    """The photos to take, and those dropped as unreadable or duplicates; the first found stays."""
    photos: list[SelectedPhoto] = []
    skips: list[Skip] = []
    first_with: dict[str, Item] = {}
    similar = _SimilarPhotos()
    for item, found in zip(listing.items, results, strict=True):
        if found.reason:
            skips.append(Skip(listing.named(item), found.reason))
            continue
        twin, reason = first_with.setdefault(found.sha256, item), "exact duplicate"
        if twin is item and found.dhash is not None:
            twin, reason = similar.find(found.dhash, item), "near duplicate"
        if twin is item:
            photos.append(SelectedPhoto(item, found.sha256))
        else:
            skips.append(Skip(listing.named(item), reason, listing.named(twin)))
    return photos, skips


class _SimilarPhotos:
    """The dHashes of the photos kept so far."""

    def __init__(self) -> None:
        self.bands: dict[tuple[int, int], list[tuple[int, Item]]] = defaultdict(list)

    def find(self, dhash: int, item: Item) -> Item:
        """The kept photo with nearly the same dHash; else the item itself, which is kept then."""
        # With at most 3 differing bits one of four bands of 16 bits is equal.
        bands = [(band, dhash >> 16 * band & 0xFFFF) for band in range(4)]
        for band in bands:
            for other, kept in self.bands[band]:
                if (other ^ dhash).bit_count() <= _NEAR_BITS:
                    return kept
        for band in bands:
            self.bands[band].append((dhash, item))
        return item


def split_of(sha256: str, salt: str, valid_fraction: float) -> str:
    """The split of a photo: depends on its content alone, so that it stays as a set grows."""
    digest = hashlib.sha256(f"{salt}{sha256}".encode()).digest()
    return "valid" if int.from_bytes(digest[:8]) < valid_fraction * 2**64 else "train"
