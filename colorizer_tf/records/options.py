"""What `build-records` makes."""

from dataclasses import dataclass

from colorizer_tf.base.options.fields import check, check_choices, option


@dataclass(frozen=True)
class RecordOptions:
    """What `build-records` makes of which photos; the manifest holds all of it."""

    size: int = option(128, "side of the square records, in pixels")
    fit: str = option(
        "crop",
        "how a photo becomes square: crop its middle, pad it by reflection, or squash it",
        ("crop", "pad", "squash"),
    )
    valid_fraction: float = option(
        0.05, "share of the photos held out for validation, chosen by a hash of their content"
    )
    salt: str = option("colorizer-tf", "changes which photos the hash holds out")
    min_side: int = option(32, "skip photos with a shorter side than this, in pixels")
    min_chroma: float = option(
        2.0, "skip gray and sepia photos: mean chroma, tone taken out, under this (0 keeps all)"
    )
    near_duplicates: bool = option(
        False, "also drop photos that look alike (64-bit dHash, at most 3 bits apart)"
    )
    shard_size: int = option(
        0, "photos in a shard, at most (0: by the input's size; 1024 at 128 px)"
    )
    limit: int = option(0, "take only the first so many photos found (0: all)")

    def __post_init__(self) -> None:
        check(self.size >= 8, "size", self.size, "at least 8")
        check(0 <= self.valid_fraction <= 1, "valid_fraction", self.valid_fraction, "0 to 1")
        check(self.shard_size >= 0, "shard_size", self.shard_size, "0 or more")
        check(self.limit >= 0, "limit", self.limit, "0 or more")
        check_choices(self)
