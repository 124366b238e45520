"""Many photos: names, trees, collisions, and bad ones among good ones."""

import os

import numpy as np
import pytest
import skimage.color
from PIL import Image

from colorizer_tf.batch import colorize_files, plan_jobs
from colorizer_tf.colorizer import Colorizer


@pytest.fixture(scope="module")
def colorizer(saved_model):
    return Colorizer(saved_model)


def draw(path, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (9, 13, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def outputs(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_tree_is_mirrored(colorizer, tmp_path):
    for name in ("a.jpg", "sub/b.PNG", "sub/deep er/c.bmp"):
        draw(tmp_path / "in" / name)
    (tmp_path / "in" / "notes.txt").write_text("no photo")
    results = colorize_files([tmp_path / "in"], tmp_path / "out", colorizer)
    assert [result.status for result in results] == ["done"] * 3
    assert outputs(tmp_path / "out") == [
        "a_colorized.png", "sub/b_colorized.png", "sub/deep er/c_colorized.png"
    ]  # fmt: skip
    for result in results:
        with Image.open(result.source) as photo, Image.open(result.output) as coloured:
            assert photo.size == coloured.size
        expected = colorizer.colorize(result.source)
        np.testing.assert_array_equal(np.asarray(Image.open(result.output)), expected)


def test_a_bad_photo_never_stops_the_rest(colorizer, tmp_path):
    draw(tmp_path / "in" / "a.jpg")
    (tmp_path / "in" / "b.jpg").write_bytes(b"no picture")
    (tmp_path / "in" / "c.jpg").symlink_to(tmp_path / "nowhere")
    draw(tmp_path / "in" / "d.jpg")
    photos = [tmp_path / "in", tmp_path / "missing.jpg"]
    results = colorize_files(photos, tmp_path / "out", colorizer)
    assert [(result.source.name, result.status) for result in results] == [
        ("a.jpg", "done"),
        ("b.jpg", "failed"),
        ("c.jpg", "failed"),
        ("d.jpg", "done"),
        ("missing.jpg", "failed"),
    ]
    reasons = {result.source.name: result.reason for result in results}
    assert reasons["b.jpg"] == "not a picture in a known format"
    assert "no such file" in reasons["c.jpg"]
    assert "no such file" in reasons["missing.jpg"]
    assert outputs(tmp_path / "out") == ["a_colorized.png", "d_colorized.png"]


def test_an_error_of_any_kind_is_a_named_failure(tmp_path):
    class Exhausted:
        def colorize(self, _):
            raise MemoryError

    (result,) = colorize_files([draw(tmp_path / "a.png")], tmp_path / "out", Exhausted())
    assert (result.status, result.reason, result.output) == ("failed", "MemoryError", None)


def test_an_output_folder_that_cannot_be_written_is_a_named_failure(colorizer, tmp_path):
    (tmp_path / "out").write_text("a file")
    (result,) = colorize_files([draw(tmp_path / "a.png")], tmp_path / "out", colorizer)
    assert result.status == "failed"
    assert "out" in result.reason


def names(jobs):
    return [job.target.name for job in jobs]


def test_photos_that_would_meet_in_one_output_are_told_apart(colorizer, tmp_path):
    folder = tmp_path / "in"
    for seed, name in enumerate(["a.jpg", "a.png", "A.bmp", "a.jpg.png", "b.png"]):
        draw(folder / name, seed)
    results = colorize_files([folder], tmp_path / "out", colorizer)
    assert {r.source.name: r.output.name for r in results} == {
        "A.bmp": "A.bmp_colorized.png",
        "a.jpg": "a.jpg_colorized.png",
        "a.png": "a.png_colorized.png",
        "a.jpg.png": "a.jpg.png_colorized.png",
        "b.png": "b_colorized.png",
    }
    for result in results:
        expected = colorizer.colorize(result.source)
        np.testing.assert_array_equal(np.asarray(Image.open(result.output)), expected)


def test_photos_of_one_name_from_two_folders_are_numbered(tmp_path):
    photos = [draw(tmp_path / folder / "a.png") for folder in ("x", "y", "z")]
    assert names(plan_jobs(photos, tmp_path / "out")) == ["a.png", "a.png-2", "a.png-3"]


def test_a_photo_named_twice_is_done_once(tmp_path):
    photo = draw(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.png").symlink_to(photo)
    assert names(plan_jobs([photo, tmp_path / "in", photo], tmp_path / "out")) == ["a"]


def test_outputs_of_an_earlier_run_are_no_photos(colorizer, tmp_path):
    draw(tmp_path / "a.png")
    for out in (tmp_path, tmp_path / "out"):
        for _ in range(2):
            results = colorize_files([tmp_path], out, colorizer, compare=True)
            ours = [r.source.name for r in results if r.source.parent == tmp_path]
            assert "a.png" in ours
    assert names(plan_jobs([tmp_path], tmp_path)) == ["a"]


def test_no_photo_is_ever_overwritten(colorizer, tmp_path):
    photo, unlucky = draw(tmp_path / "a.png", 1), draw(tmp_path / "a_colorized.png", 2)
    before = unlucky.read_bytes()
    results = colorize_files([photo, unlucky], tmp_path, colorizer)
    assert unlucky.read_bytes() == before
    assert [result.output.name for result in results] == [
        "a.png_colorized.png", "a_colorized_colorized.png"
    ]  # fmt: skip


def test_symlink_loops_end(colorizer, tmp_path):
    draw(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in", target_is_directory=True)
    assert len(colorize_files([tmp_path / "in"], tmp_path / "out", colorizer)) == 1


def test_odd_names_survive(colorizer, tmp_path):
    for name in (b"new\nline.png", b"not \xff utf8.png", "Ünïcödé 写真.png".encode()):
        draw(tmp_path / "in" / os.fsdecode(name))
    results = colorize_files([tmp_path / "in"], tmp_path / "out", colorizer)
    assert [result.status for result in results] == ["done"] * 3
    assert all(result.output.is_file() for result in results)


def test_compare_shows_the_gray_photo_beside_the_coloured(colorizer, tmp_path):
    photo = draw(tmp_path / "a.png")
    (result,) = colorize_files([photo], tmp_path / "out", colorizer, compare=True)
    pair = np.asarray(Image.open(tmp_path / "out" / "a_compare.png"))
    assert pair.shape == (9, 26, 3)
    np.testing.assert_array_equal(pair[:, 13:], np.asarray(Image.open(result.output)))
    assert np.ptp(pair[:, :13], axis=-1).max() == 0
    gray, truth = (
        skimage.color.rgb2lab(each)[..., 0] for each in (pair[:, :13], Image.open(photo))
    )
    np.testing.assert_allclose(gray, truth, atol=0.5)


def test_progress_goes_through_the_jobs(colorizer, tmp_path):
    seen = []

    def progress(jobs):
        for job in jobs:
            seen.append(job.source.name)
            yield job

    draw(tmp_path / "in" / "a.png")
    draw(tmp_path / "in" / "b.png")
    colorize_files([tmp_path / "in"], tmp_path / "out", colorizer, progress=progress)
    assert seen == ["a.png", "b.png"]
