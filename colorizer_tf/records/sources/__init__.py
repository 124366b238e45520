"""Folders, archives, lists and files in, the photos in them out: one rule for all commands."""

from colorizer_tf.records.sources.listing import (
    Item,
    Listing,
    Skip,
    Source,
    full_name,
    list_sources,
    printable,
)

__all__ = [
    "Item",
    "Listing",
    "Skip",
    "Source",
    "full_name",
    "list_sources",
    "printable",
]
