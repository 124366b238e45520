"""The photos of folders, archives and record sets."""

from colorizer_tf import RecordOptions, build_records
from colorizer_tf.evaluation.photos import FilePhotos, RecordPhotos, mean_ab_of
from tests.drawing import write_photos


def test_a_limit_spreads_over_all_photos(tmp_path):
    write_photos(tmp_path, 20)
    every = FilePhotos([tmp_path]).names
    assert FilePhotos([tmp_path], limit=4).names == every[::5]
    assert [raw.name for raw in FilePhotos([tmp_path], limit=4).read()] == every[::5]
    assert FilePhotos([tmp_path], limit=99).names == every


def test_photos_of_several_sources_go_under_their_names(tmp_path):
    for name in ("one", "two"):
        write_photos(tmp_path / name, 1)
    names = FilePhotos([tmp_path / "one", tmp_path / "two"]).names
    assert names == ["one/meadow/photo-000.png", "two/meadow/photo-000.png"]


def test_records_give_the_held_out_photos(record_set):
    photos = RecordPhotos(record_set)
    pictures = [raw.decode() for raw in photos.read()]
    assert 2 < len(pictures) < 30
    assert len(pictures) == len(photos.names) == len(set(photos.names))
    assert pictures[0].shape == (32, 32, 3)
    assert photos.mean_ab == mean_ab_of(record_set)
    # The drawn photos are blue above and green below.
    assert pictures[0][2, :, 2].mean() > pictures[0][2, :, 0].mean()


def test_padded_records_come_without_their_margins(tmp_path):
    write_photos(tmp_path / "photos", 4)
    options = RecordOptions(size=32, fit="pad", valid_fraction=1.0)
    build_records([tmp_path / "photos"], tmp_path / "set", options, workers=1, progress=False)
    photos = RecordPhotos(tmp_path / "set")
    # 48 x 64 pixels, so 24 x 32.
    assert [raw.decode().shape for raw in photos.read()] == [(24, 32, 3)] * 4
    assert photos.mean_ab is None
