"""Folders, archives and files as sources: what is found in them, and what is said of the rest."""

import os
import tarfile
import zipfile

import pytest

from colorizer_tf.base.errors import ColorizerError, ImageError, UsageError
from colorizer_tf.batch.finding import find_photos
from colorizer_tf.batch.zips import ZipReader
from colorizer_tf.records.readers import close_readers, read_item
from colorizer_tf.records.sources import list_sources
from tests.records.packing import PACKERS, tarred, zipped


@pytest.fixture(autouse=True)
def closed_readers():
    yield
    close_readers()


def names(listing):
    return [item.name for item in listing.items]


def labels(listing):
    return [listing.sources[item.source].label_of(item) for item in listing.items]


def reasons(listing):
    return {skip.source: skip.reason for skip in listing.skips}


def contents(listing, order=1):
    return {
        item.name: read_item(listing.sources[item.source], item) for item in listing.items[::order]
    }


@pytest.mark.parametrize("name", PACKERS)
@pytest.mark.parametrize("order", [1, -1])
def test_archives_hold_what_the_folder_holds(few, tmp_path, name, order):
    archive = PACKERS[name](few, tmp_path / name)
    expected = {str(p.relative_to(few)): p.read_bytes() for p in few.rglob("*.png")}
    listing = list_sources([archive])
    assert contents(listing, order) == expected
    assert set(labels(listing)) == {"meadow", "field"}
    assert contents(list_sources([few]), order) == expected


def test_listing_is_sorted_and_deep(tmp_path):
    for name in ("b/2.jpg", "b/1.JPG", "a/z/deep.webp", "top.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    listing = list_sources([tmp_path])
    assert names(listing) == ["top.png", "a/z/deep.webp", "b/1.JPG", "b/2.jpg"]
    assert labels(listing) == [tmp_path.name, "z", "b", "b"]


CLUTTER = (
    *("Thumbs.db", ".DS_Store", "._photo.jpg", "__MACOSX/photo.jpg", "a/__MACOSX/b.jpg"),
    *(".ipynb_checkpoints/a.jpg", "a/.thumbnails/large/b.png", "@eaDir/a.jpg/SYNOPHOTO_M.jpg"),
    *("#recycle/a.jpg", "a/.@__thumb/b.jpg", "$RECYCLE.BIN/S-1-5/a.png", "lost+found/a.png"),
)


def packed_in(folder, tmp_path, kind):
    return PACKERS[kind](folder, tmp_path / kind) if kind else folder


@pytest.mark.parametrize("kind", ["", "a.zip", "a.tar", "a.tar.gz"])
def test_what_is_no_photo_is_named_and_clutter_is_not(tmp_path, kind):
    folder = tmp_path / "set"
    for name in ("notes.txt", "more.zip", "photo.jpg", "a/b.jpg", *CLUTTER):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    source = packed_in(folder, tmp_path, kind)
    listing = list_sources([source])
    assert set(names(listing)) == {"photo.jpg", "a/b.jpg"}
    assert set(reasons(listing)) == {f"{source.name}/notes.txt", f"{source.name}/more.zip"}
    assert "source of its own" in reasons(listing)[f"{source.name}/more.zip"]


@pytest.mark.parametrize("kind", ["", "a.zip"])
def test_colorize_passes_by_the_same(tmp_path, kind):
    folder = tmp_path / "set"
    for name in ("photo.jpg", "a/b.jpg", *CLUTTER):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    source = packed_in(folder, tmp_path, kind)
    if kind:
        with ZipReader(str(source)) as reader:
            found = reader.photos()
    else:
        found = find_photos([source], tmp_path / "out")
    assert {each.name for each in found} == {"photo.jpg", "b.jpg"}


def test_clutter_that_is_named_itself_is_taken(tmp_path):
    folder = tmp_path / ".hidden"
    folder.mkdir()
    (folder / "a.jpg").touch()
    assert names(list_sources([folder])) == ["a.jpg"]
    assert len(find_photos([folder], tmp_path / "out")) == 1


def test_a_tar_of_the_current_folder_has_no_hidden_photos(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for name in ("./a.jpg", "./sub/b.jpg", "./.cache/c.jpg"):
            tar.addfile(tarfile.TarInfo(name))
    assert names(list_sources([tmp_path / "a.tar"])) == ["./a.jpg", "./sub/b.jpg"]


def test_links_that_form_loops_are_survived(few, tmp_path):
    (few / "meadow" / "up").symlink_to(few, target_is_directory=True)
    (few / "self.jpg").symlink_to(few / "self.jpg")
    (few / "dangling.jpg").symlink_to(few / "gone.jpg")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "linked.png").write_bytes(b"x")
    (few / "way-out").symlink_to(outside, target_is_directory=True)
    listing = list_sources([few])
    assert len(listing.items) == 8 + 3
    assert "way-out/linked.png" in names(listing)
    for item in listing.items:
        if item.name in ("self.jpg", "dangling.jpg"):
            with pytest.raises(ImageError):
                read_item(listing.sources[0], item)


def test_names_of_any_bytes_are_read_and_printable(tmp_path):
    odd = tmp_path / os.fsdecode(b"caf\xe9\n") / os.fsdecode(b"\xff.png")
    odd.parent.mkdir()
    odd.write_bytes(b"data")
    listing = list_sources([tmp_path])
    (item,) = listing.items
    assert read_item(listing.sources[0], item) == b"data"
    assert labels(listing) == ["caf\ufffd\ufffd"]
    assert listing.named(item).isprintable()


def test_unreadable_folders_are_named(tmp_path, monkeypatch):
    (tmp_path / "set" / "closed").mkdir(parents=True)
    (tmp_path / "set" / "photo.png").touch()
    scandir = os.scandir

    def refusing(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    listing = list_sources([tmp_path / "set"])
    assert names(listing) == ["photo.png"]
    assert reasons(listing) == {"set/closed": "folder cannot be read: permission denied"}


def test_mixed_sources_keep_their_order(few, tmp_path):
    single = next(few.rglob("*.png"))
    listing = list_sources([single, zipped(few, tmp_path / "a.zip"), few])
    assert [item.source for item in listing.items] == [0] + [1] * 8 + [2] * 8
    assert listing.named(listing.items[0]) == single.name
    assert listing.named(listing.items[1]).startswith("a.zip/field/")


def test_encrypted_members_are_named(few, tmp_path):
    archive = zipped(few, tmp_path / "a.zip")
    data = bytearray(archive.read_bytes())
    # Bit 0 of the general purpose flags, in the last entry of the central directory.
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(data)
    listing = list_sources([archive])
    assert list(reasons(listing).values()) == ["encrypted"]
    assert len(listing.items) == 7


def test_members_that_declare_too_much_are_named(tmp_path):
    archive = tmp_path / "a.tar"
    with tarfile.open(archive, "w") as tar:
        info = tarfile.TarInfo("bomb.png")
        info.size = 600 * 2**20
        tar.addfile(info, _Zeros(info.size))
    assert "larger than" in reasons(list_sources([archive]))["a.tar/bomb.png"]


class _Zeros:
    def __init__(self, size):
        self.left = size

    def read(self, size):
        size = min(size, self.left)
        self.left -= size
        return bytes(size)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("before", [b"", b"a program that unpacks itself"])
def test_members_are_read_as_they_were_packed(few, tmp_path, compression, before):
    archive = zipped(few, tmp_path / "a.zip", compression)
    archive.write_bytes(before + archive.read_bytes())
    listing = list_sources([archive])
    for item in listing.items:
        assert read_item(listing.sources[0], item) == (few / item.name).read_bytes()
    assert len(listing.items) == 8


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_damaged_members_have_a_reason_and_spoil_no_others(few, tmp_path, compression):
    archive = zipped(few, tmp_path / "a.zip", compression)
    data = bytearray(archive.read_bytes())
    data[data.index(b"photo-") + 400] ^= 0xFF
    archive.write_bytes(data)
    listing = list_sources([archive])
    readable = 0
    for item in listing.items:
        try:
            read_item(listing.sources[0], item)
            readable += 1
        except ImageError as error:
            assert "archive" in str(error)
    assert readable == 7


def test_links_in_archives_are_named(few, tmp_path):
    (few / "link.png").symlink_to("meadow")
    listing = list_sources([tarred(few, tmp_path / "a.tar")])
    assert len(listing.items) == 8
    assert reasons(listing) == {"a.tar/link.png": "a link or device, not a file"}


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
def test_archives_cut_short_are_an_error(few, tmp_path, name):
    archive = PACKERS[name](few, tmp_path / name)
    data = archive.read_bytes()
    archive.write_bytes(data[: len(data) // 2])
    with pytest.raises(ColorizerError, match=name):
        list_sources([archive])


def test_no_source_and_unknown_kinds_are_errors(tmp_path):
    with pytest.raises(UsageError, match="no source at"):
        list_sources([tmp_path / "nowhere"])
    (tmp_path / "film.mp4").touch()
    with pytest.raises(UsageError, match="unknown kind"):
        list_sources([tmp_path / "film.mp4"])


@pytest.mark.parametrize(
    ("sheet", "beside"), [("contact-sheet.png", "manifest.json"), ("sheet.png", "config.json")]
)
def test_sheets_of_record_sets_and_runs_are_no_photos(few, sheet, beside):
    before = len(list_sources([few]).items)
    (few / "made").mkdir()
    for name in (sheet, beside):
        (few / "made" / name).touch()
    (few / sheet).touch()  # some picture of that name
    assert len(list_sources([few]).items) == before + 1


def test_the_output_inside_a_source_is_not_read(few):
    (few / "out").mkdir()
    (few / "out" / "contact-sheet.png").touch()
    assert len(list_sources([few], leave_out=few / "out").items) == 8
