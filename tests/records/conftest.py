"""A tree of drawn photos, and what surrounds photos on real disks."""

import pytest

from tests.drawing import write_photos
from tests.records.building import build


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """96 photos in two folders."""
    folder = tmp_path_factory.mktemp("photos") / "photos"
    write_photos(folder, 96)
    return folder


@pytest.fixture
def few(tmp_path):
    """8 photos in two folders, to be changed at will."""
    folder = tmp_path / "few"
    write_photos(folder, 8)
    return folder


@pytest.fixture(scope="session")
def built(photos, tmp_path_factory):
    """The set that every other way of building the same photos must equal."""
    out = tmp_path_factory.mktemp("built") / "set"
    build(photos, out)
    return out
