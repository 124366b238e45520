"""`POST /api/colorize`: the command line's own files, limits, and plain words for the rest."""

import io
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from colorizer_tf import Colorizer
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.run import colorize_files
from colorizer_tf.images import isolation, reading
from colorizer_tf.inference.request import PredictionRequest
from tests.batch.page_files import PdfDraft, animation, frames
from tests.drawing import draw_photo
from tests.images import crashing

pytest.importorskip("gradio", reason="needs the extra web")


def encoded(pixels, format_="PNG", **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format_, **options)
    return buffer.getvalue()


def decoded(content):
    return np.asarray(Image.open(io.BytesIO(content)))


@pytest.fixture
def photo(rng):
    return encoded(draw_photo(rng))


def test_a_photo_that_crashes_its_decoder_is_refused_and_the_next_served(visit, rng, monkeypatch):
    decoders = isolation.DecoderProcesses("tests.images.crashing")
    monkeypatch.setattr(reading, "_decoders", decoders)
    web = visit()
    avif = imagecodecs.avif_encode(draw_photo(rng).astype("u2") * 4, bitspersample=10)
    for _ in range(2):
        refused = web.post("/api/colorize", content=avif + crashing.CRASH)
        assert refused.status_code == 415
        assert "its decoder crashed" in refused.text
        assert web.post("/api/colorize", content=avif).status_code == 200
    decoders.close()


@pytest.mark.parametrize("name", ["photo.jpg", "photo.png", "photo.webp", "photo.tif"])
def test_gives_the_file_that_the_command_line_writes(visit, colorizer, rng, tmp_path, name):
    exif = Image.Exif()
    exif[0x010F] = "Old Camera Works"
    Image.fromarray(draw_photo(rng, 90, 70)).save(tmp_path / name, exif=exif)
    settings = {"strength": 0.8, "quality": 85}
    (done,) = colorize_files(
        [str(tmp_path / name)], tmp_path / "out", colorizer, ColorizeOptions(**settings)
    )
    answer = visit().post("/api/colorize", params=settings, content=(tmp_path / name).read_bytes())
    assert answer.status_code == 200
    assert answer.content == done.output.read_bytes()
    with Image.open(io.BytesIO(answer.content)) as colored:
        assert colored.getexif()[0x010F] == "Old Camera Works"
        assert answer.headers["content-type"] == colored.get_format_mimetype()


def test_pixels_are_the_colorizers_at_every_setting(visit, colorizer, photo):
    web = visit()

    def asked(**settings):
        answer = web.post("/api/colorize", params={"format": "png"} | settings, content=photo)
        assert answer.headers["content-type"] == "image/png"
        return decoded(answer.content)

    np.testing.assert_array_equal(asked(), colorizer.colorize(photo))
    np.testing.assert_array_equal(asked(strength=0.3), colorizer.colorize(photo, strength=0.3))
    larger = colorizer.colorize(photo, size=64)
    assert (larger != colorizer.colorize(photo)).any()
    np.testing.assert_array_equal(asked(size=64), larger)
    assert not np.ptp(asked(strength=0).astype(int), axis=-1).any()


def test_wrong_values_are_named(visit, photo):
    web = visit()
    for name, value in (
        *(("strength", "3"), ("strength", "nan"), ("strength", "much"), ("size", "100000")),
        *(
            ("size", "-1"),
            ("size", "0"),
            ("format", "exe"),
            ("quality", "0"),
            ("model", "../../etc"),
        ),
    ):
        answer = web.post("/api/colorize", params={name: value}, content=photo)
        assert answer.status_code == 400, (name, value)
        assert answer.json()["error"].startswith(f"{name}: received")


def test_what_is_no_photo_is_refused_in_plain_words(visit, photo):
    web = visit()
    for content, status, said in (
        (b"", 400, "empty"),
        (b"Dear Sir or Madam", 415, "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "not a picture"),
        (photo[: len(photo) // 2], 415, "picture"),
    ):
        answer = web.post("/api/colorize", content=content)
        assert (answer.status_code, said in answer.json()["error"]) == (status, True), answer.text


def test_limits_on_bytes_and_pixels(visit):
    web = visit(max_megabytes=1, max_megapixels=1)
    answer = web.post("/api/colorize", content=bytes(2**20 + 1))
    assert (answer.status_code, answer.json()["error"]) == (413, "the file is larger than 1 MB")
    large = encoded(np.zeros((1000, 1001), np.uint8))
    assert len(large) < 2**20
    answer = web.post("/api/colorize", content=large)
    assert answer.status_code == 413
    assert "1001 x 1000" in answer.json()["error"]


class Slow:
    """Colors when it is let, and counts how many photos it has in hand at once."""

    name, size = "slow", 8
    info = {"size": 8}  # noqa: RUF012 - as Colorizer's
    request = PredictionRequest()
    restored, merge = Colorizer.restored, staticmethod(Colorizer.merge)

    def __init__(self):
        self.let, self.two_inside = threading.Event(), threading.Event()
        self.inside, self.most = 0, 0
        self._lock = threading.Lock()

    def predict(self, pixels, asked):  # noqa: ARG002
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
            if self.inside == 2:
                self.two_inside.set()
        assert self.let.wait(20)
        with self._lock:
            self.inside -= 1


def test_files_of_several_pages_come_back_with_them(visit, colorizer, tmp_path):
    draft = PdfDraft()
    draft.page(draft.jpeg(frames(1)[0]), text="a letter")
    contents = {
        "a.tif": (animation(frames(3), "TIFF"), "image/tiff"),
        "a.gif": (animation(frames(3), "GIF", duration=70), "image/gif"),
        "a.pdf": (draft.content(), "application/pdf"),
    }
    web = visit()
    for name, (content, kind) in contents.items():
        (tmp_path / name).write_bytes(content)
        options = ColorizeOptions(pages="1-2")
        (done,) = colorize_files([tmp_path / name], tmp_path / "out", colorizer, options)
        answer = web.post("/api/colorize", params={"pages": "1-2"}, content=content)
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert answer.content == done.output.read_bytes()
    refused = web.post("/api/colorize", params={"pages": "0"}, content=content)
    assert refused.status_code == 400


def test_limits_on_pages_and_the_pixels_of_frames(visit):
    web = visit(max_pages=4, max_megapixels=1)
    many = web.post("/api/colorize", content=animation(frames(5), "TIFF"))
    assert many.status_code == 413
    assert many.json()["error"] == "the file has 5 pages or frames, expected at most 4"
    large = animation([np.zeros((600, 600), np.uint8), np.ones((600, 600), np.uint8)] * 2, "GIF")
    answer = web.post("/api/colorize", content=large)
    assert answer.status_code == 413
    assert "1440000 pixels" in answer.json()["error"]


def test_few_at_once_some_wait_and_the_rest_hear_that_it_is_busy(visit, photo):
    slow = Slow()
    web = visit(slow, at_once=2, waiting=3)
    with ThreadPoolExecutor(12) as visitors:
        asked = [visitors.submit(web.post, "/api/colorize", content=photo) for _ in range(12)]
        refused = list(itertools.islice(as_completed(asked, timeout=20), 7))
        assert slow.two_inside.wait(20)
        slow.let.set()
        statuses = [each.result().status_code for each in asked]
    assert sorted(statuses) == [200] * 5 + [503] * 7
    assert slow.most == 2
    assert all(each.result().headers["retry-after"] for each in refused)
    assert "busy" in refused[0].result().json()["error"]
    assert web.post("/api/colorize", content=photo).status_code == 200


def test_old_prints_are_restored_where_it_is_asked(visit, colorizer, photo):
    web = visit()
    asked = web.post("/api/colorize", params={"restore": "levels, border"}, content=photo)
    expected = colorizer.colorize(photo, restore=("border", "levels"))
    np.testing.assert_array_equal(decoded(asked.content), expected)
    refused = web.post("/api/colorize", params={"restore": "levls"}, content=photo)
    assert refused.status_code == 400
    assert "did you mean levels" in refused.json()["error"]


def test_models_are_listed_and_chosen(visit, colorizer, saved_model, photo):
    other = Colorizer(saved_model, runtime="onnx", size=48)
    web = visit(colorizer, other, max_megabytes=7)
    about = web.get("/api/models").json()
    assert [each["name"] for each in about["models"]] == ["wild", "wild (2)"]
    assert about["limits"]["bytes"] == 7 * 2**20
    answer = web.post("/api/colorize", params={"model": "wild (2)"}, content=photo)
    np.testing.assert_array_equal(decoded(answer.content), other.colorize(photo))


def test_the_api_leaves_nothing_on_the_disk(visit, photo):
    web = visit()
    before = set(web.files.folder.rglob("*"))
    web.post("/api/colorize", content=photo)
    web.post("/api/colorize", content=b"no photo")
    assert set(web.files.folder.rglob("*")) == before
