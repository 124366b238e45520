"""Baselines and folders: the pictures they give."""

import cv2
import numpy as np
import pytest
import skimage.color
import skimage.data

from colorizer_tf import RecordOptions, build_records
from colorizer_tf.base.errors import ColorizerError, ImageError, UsageError
from colorizer_tf.evaluation.entries import Gray, MeanColor, Oracle
from colorizer_tf.evaluation.folder_entry import Folder
from colorizer_tf.evaluation.photos import FilePhotos, RecordPhotos, mean_ab_of
from colorizer_tf.evaluation.protocol import prepared
from tests.drawing import write_photos


@pytest.fixture(scope="module")
def photo():
    return prepared("cat.jpg", skimage.data.chelsea())


def lab(rgb):
    return skimage.color.rgb2lab(rgb)


def test_gray_is_the_input(photo):
    assert Gray().picture(0, photo) is photo.gray


def test_mean_color_is_that_color_on_the_photo_s_lightness(photo):
    found = lab(MeanColor((4.0, -9.0), "given").picture(0, photo))
    assert np.abs(found[..., 0] - lab(photo.truth)[..., 0]).max() < 0.7
    middle = np.abs(found[..., 0] - 60) < 20
    # Half an 8-bit step of red and green is 0.4 of a*.
    assert found[middle][:, 1].mean() == pytest.approx(4, abs=0.5)
    assert found[middle][:, 2].mean() == pytest.approx(-9, abs=0.5)


def test_the_oracle_nears_the_truth_as_its_size_grows(photo):
    errors = []
    for size in (4, 32, 400):
        found = lab(Oracle(size).picture(0, photo))
        errors.append(skimage.color.deltaE_ciede2000(found, lab(photo.truth)).mean())
    assert errors[0] > 2 * errors[1] > 4 * errors[2]
    assert errors[2] < 0.8


def test_the_oracle_s_ab_is_the_area_mean():
    # Halves of one color each: at 2 pixels' worth nothing of either half is lost.
    rgb = np.zeros((64, 64, 3), np.uint8)
    rgb[:, :32], rgb[:, 32:] = (200, 120, 110), (100, 140, 190)
    found = Oracle(2).picture(0, prepared("x", rgb))
    assert np.abs(found[:, [0, -1]].astype(int) - rgb[:, [0, -1]]).max() <= 2


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "theirs"
    write_photos(folder, 3)
    return folder


def test_a_folder_gives_the_picture_of_that_name(pictures, photo):
    names = ["meadow/photo-000.jpg", "field/photo-001.jpg", "meadow/photo-002.jpg", "more.jpg"]
    folder = Folder("x", pictures, names)
    expected = cv2.imread(str(pictures / "field" / "photo-001.png"))[..., ::-1]
    np.testing.assert_array_equal(folder.picture(1, photo), expected)
    with pytest.raises(ImageError, match="no picture of that name"):
        folder.picture(3, photo)
    (pictures / "meadow" / "photo-000.png").write_bytes(b"broken")
    with pytest.raises(ImageError, match="not a picture"):
        folder.picture(0, photo)


def test_a_folder_of_other_pictures_is_refused(pictures, tmp_path):
    with pytest.raises(ColorizerError, match="none of its 3 pictures"):
        Folder("x", pictures, ["a.jpg"])
    with pytest.raises(UsageError, match="no source"):
        Folder("x", tmp_path / "gone", ["a.jpg"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(ColorizerError, match=r"^the folder holds no pictures$"):
        Folder("x", tmp_path / "empty", ["a.jpg"])


def test_pictures_of_photos_that_a_limit_left_out_are_no_surprise(pictures):
    photos = FilePhotos([pictures], limit=2)
    folder = Folder("x", pictures, photos.names, photos.left_out)
    assert (len(photos.names), len(photos.left_out), folder.matches.unmatched) == (2, 1, [])


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
