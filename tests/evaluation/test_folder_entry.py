"""Folders of other programs' pictures, matched by name."""

import cv2
import numpy as np
import pytest
import skimage.color
import skimage.data

from colorizer_tf.base.errors import ColorizerError, ImageError, UsageError
from colorizer_tf.evaluation.folder_entry import Folder
from colorizer_tf.evaluation.photos import FilePhotos
from colorizer_tf.evaluation.protocol import prepared
from tests.drawing import write_photos


@pytest.fixture(scope="module")
def photo():
    return prepared("cat.jpg", skimage.data.chelsea())


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


def test_pictures_of_photos_that_a_limit_left_out_are_ignored(pictures):
    photos = FilePhotos([pictures], limit=2)
    folder = Folder("x", pictures, photos.names, photos.left_out)
    assert (len(photos.names), len(photos.left_out), folder.matches.unmatched) == (2, 1, [])
