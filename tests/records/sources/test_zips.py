"""Names in zip archives are those that their writers meant."""

import struct
import zipfile
import zlib

import pytest

from colorizer_tf.batch.zips import ZipReader
from colorizer_tf.records.readers import close_readers
from colorizer_tf.records.sources import list_sources
from tests.records.sources.test_listing import contents, labels, names, reasons


@pytest.fixture(autouse=True)
def closed_readers():
    yield
    close_readers()


def zip_of(path, *entries):
    """A zip with names as text, or as bytes that are not flagged as UTF-8."""
    with zipfile.ZipFile(path, "w") as archive:
        for number, name in enumerate(entries):
            own = name if isinstance(name, str) else chr(ord("A") + number) * len(name)
            archive.writestr(own, b"" if name[-1:] in ("/", b"\\") else b"content")
    data = path.read_bytes()
    for number, name in enumerate(entries):
        if isinstance(name, bytes):
            data = data.replace(b"%c" % (ord("A") + number) * len(name), name)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"album\\summer\\a.jpg", "album/summer/a.jpg"),
        ("été/写真.jpg".encode(), "été/写真.jpg"),
        ("e\u0301t.jpg".encode(), "e\u0301t.jpg"),
        ("été.jpg".encode("cp437"), "été.jpg"),
        ("été.jpg", "été.jpg"),
        (b"./a//b.jpg", "a/b.jpg"),
    ],
)
def test_names_in_zips_are_those_that_were_meant(tmp_path, raw, path):
    archive = zip_of(tmp_path / "a.zip", raw, b"folder\\", "folder/")
    listing = list_sources([archive])
    assert names(listing) == [path]
    assert labels(listing) == [path.rpartition("/")[0].rpartition("/")[2]]
    assert contents(listing) == {path: b"content"}
    with ZipReader(str(archive)) as reader:
        (member,) = reader.photos()
        assert member.path == path
        assert reader.read(member) == b"content"


def test_the_unicode_path_field_counts_if_it_belongs_to_the_name(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, of in (("1.jpg", b"1.jpg"), ("2.jpg", b"another")):
            info = zipfile.ZipInfo(name)
            field = b"\1" + struct.pack("<I", zlib.crc32(of)) + "写.jpg".encode()
            info.extra = struct.pack("<HH", 0x7075, len(field)) + field
            archive.writestr(info, b"")
    assert names(list_sources([tmp_path / "a.zip"])) == ["写.jpg", "2.jpg"]


def test_paths_that_lead_out_of_their_archive_are_named(tmp_path):
    archive = zip_of(tmp_path / "a.zip", "../a.jpg", b"C:\\b.jpg", "c.jpg")
    listing = list_sources([archive])
    assert names(listing) == ["c.jpg"]
    assert set(reasons(listing).values()) == {"a path that leads out of its archive"}
