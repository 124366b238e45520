"""Photos colored by other processes: what is sent, and what is refused there."""

import dataclasses
import functools
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.batch import request as request_module
from colorizer_tf.batch.finding import find_photos
from colorizer_tf.batch.index import INDEX_NAME, Entries
from colorizer_tf.batch.naming import Place
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.batch.plan import Model, plan_run
from colorizer_tf.batch.request import ColorizeRequest, color_photo
from colorizer_tf.batch.task import PhotoTask
from colorizer_tf.batch.zips import ZipReader
from colorizer_tf.inference.colorizer import Colorizer
from colorizer_tf.inference.request import PredictionRequest
from colorizer_tf.records.readers import close_readers, read_item
from colorizer_tf.records.sources import Item, Source
from tests.drawing import write_photos
from tests.records.packing import zipped


@pytest.fixture
def request_(saved_model):
    identity = Colorizer(saved_model).identity
    return ColorizeRequest(saved_model, PredictionRequest(), "onnx", identity, ColorizeOptions())


def tasks_of(photos, out):
    found = find_photos([photos], out)
    planned = plan_run(found, out, Entries(), ColorizeOptions(), Model("wild", ""))
    return [
        PhotoTask(each.found.path, each.key, Path(each.found.path).read_bytes, 1, 1, each.place)
        for each in planned
    ]


def test_a_request_is_picklable_and_loads_its_model_once(tmp_path, request_, monkeypatch):
    write_photos(tmp_path / "photos", 3)
    out = tmp_path / "out"
    out.mkdir()
    (out / INDEX_NAME).touch()
    loaded = []

    def counted(*arguments, **settings):
        loaded.append(arguments)
        return Colorizer(*arguments, **settings)

    monkeypatch.setattr("colorizer_tf.inference.colorizer.Colorizer", counted)
    request_module._worker.cache_clear()
    tasks = tasks_of(tmp_path / "photos", out)
    color = pickle.loads(pickle.dumps(functools.partial(color_photo, request_, out)))
    for _ in range(2):
        with ThreadPoolExecutor(3) as pool:
            done = pickle.loads(pickle.dumps(list(pool.map(color, tasks))))
    assert len(loaded) == 1
    assert [each.result.status for each in done] == ["done"] * 3
    assert all(each.result.output.is_file() for each in done)
    assert [each.finished.input for each in done] == [task.key for task in tasks]


def test_what_a_machine_does_not_see_stops_the_run(tmp_path, request_):
    task = PhotoTask("a.jpg", "a.jpg", bytes, 0, 0, Place("a", ("a",), ("a.*",)))
    with pytest.raises(ColorizerError, match="--out lies where every machine"):
        color_photo(request_, tmp_path / "elsewhere", task)
    assert not (tmp_path / "elsewhere").exists()
    (tmp_path / INDEX_NAME).touch()
    other = dataclasses.replace(request_, identity="another")
    with pytest.raises(ColorizerError, match="another one on"):
        color_photo(other, tmp_path, task)
    (tmp_path / "mount").mkdir()
    for source in (
        Source(str(tmp_path / "gone.zip"), "zip"),
        Source(str(tmp_path / "mount"), "folder"),
    ):
        with pytest.raises(ColorizerError, match="cannot be seen on"):
            read_item(source, Item(0, "a.jpg", 0, 9))
    close_readers()


def test_an_open_archive_is_opened_anew_by_who_gets_it(tmp_path):
    write_photos(tmp_path / "photos", 2)
    path = zipped(tmp_path / "photos", tmp_path / "album.zip")
    with ZipReader(str(path)) as reader:
        member = reader.photos()[1]
        sent, at = pickle.loads(pickle.dumps((reader, member)))
        expected = reader.read(member)
    assert sent.read(at) == expected
    sent.__exit__(None, None, None)
