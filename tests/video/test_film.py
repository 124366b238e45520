"""Films through `colorizer-tf colorize`, read back with PyAV."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

av = pytest.importorskip("av")

from colorizer_tf.batch.index import INDEX_NAME  # noqa: E402
from colorizer_tf.cli.main import main  # noqa: E402
from tests.video.drawing import (  # noqa: E402
    FRAMES,
    HEIGHT,
    draw_film,
    frames_of,
    packets_of,
    pattern,
)


@pytest.fixture
def colorize(saved_model, tmp_path):
    def run(*arguments):
        flags = ["--model", saved_model, "--out", tmp_path / "out", "--runtime", "onnx"]
        return main(["colorize", *map(str, [*arguments, *flags])])

    return run


def outputs_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != INDEX_NAME)


def times(frames):
    return [frame.time for frame in frames]


def luma(frame):
    return frame.to_ndarray(format="yuv420p")[:HEIGHT].astype(float)


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_film_keeps_all_but_its_gray(colorize, tmp_path, capsys, ending):
    subtitles = tmp_path / "text.srt" if ending == "mkv" else None
    film = draw_film(tmp_path / f"film.{ending}", rotation=90, subtitles=subtitles)
    assert colorize(film, "--strength", 1) == 0
    said = capsys.readouterr()
    assert said.out.startswith("1 colorized, 0 skipped, 0 failed")
    assert f"coloring: {FRAMES} of" in said.err
    made = tmp_path / "out" / f"film_colorized.{ending}"
    assert outputs_in(made.parent) == [made.name]
    before, after = frames_of(film), frames_of(made)
    assert times(after) == times(before)
    assert len(set(np.diff(times(before)).round(3))) > 1
    assert {(frame.width, frame.height, frame.rotation) for frame in after} == {(64, 48, 90)}
    assert np.ptp(after[9].to_ndarray(format="rgb24").astype(int), axis=-1).mean() > 10
    assert packets_of(made, "audio") == packets_of(film, "audio")
    if subtitles:
        assert packets_of(made, "subtitles") == packets_of(film, "subtitles")
    with av.open(str(film)) as one, av.open(str(made)) as other:
        assert other.duration == one.duration
        assert other.streams.video[0].average_rate == one.streams.video[0].average_rate
        assert other.streams.video[0].codec_context.name == "h264"
        said = {key.lower(): text for key, text in other.metadata.items()}["comment"]
        assert said.startswith("Grandmother's. Color was added by a neural network (model ")


def test_strength_0_gives_the_film_s_own_luma(colorize, tmp_path):
    film = draw_film(tmp_path / "film.mp4")
    assert colorize(film, "--strength", 0, "--crf", 1) == 0
    pairs = zip(frames_of(film), frames_of(tmp_path / "out" / "film_colorized.mp4"), strict=True)
    assert max(np.abs(luma(one) - luma(other)).mean() for one, other in pairs) < 1


def test_ten_bits_are_kept_and_other_containers_become_mkv(colorize, tmp_path):
    film = draw_film(tmp_path / "film.avi", varied=False, sound=False, kind="yuv422p10le")
    assert colorize(film) == 0
    made = frames_of(tmp_path / "out" / "film_colorized.mkv")
    assert len(made) == FRAMES
    assert made[0].format.name == "yuv420p10le"


@pytest.mark.parametrize("flags", [["--from", 0.5, "--to", 1], ["--from", 0.5, "--preview", 0.5]])
def test_a_part_of_a_film(colorize, tmp_path, flags):
    film = draw_film(tmp_path / "film.mkv")
    assert colorize(film, *flags) == 0
    made = tmp_path / "out" / "film_colorized.mkv"
    wanted = [time - 0.5 for time in times(frames_of(film)) if 0.5 <= time < 1]
    np.testing.assert_allclose(times(frames_of(made)), wanted, atol=1e-6)
    wanted = [data for pts, _, data in packets_of(film, "audio") if 500 <= pts < 1000]
    assert [data for _, _, data in packets_of(made, "audio")] == wanted


def test_faults_are_named_in_a_line_and_leave_no_file(colorize, tmp_path, capsys):
    whole = draw_film(tmp_path / "whole.mkv", sound=False)
    data = whole.read_bytes()
    cut, noise, sound = (tmp_path / f"{name}.mkv" for name in ("cut", "noise", "sound"))
    cut.write_bytes(data[: len(data) * 2 // 3])
    noise.write_bytes(b"no film" * 99)
    with av.open(str(sound), "w") as film:
        film.mux(film.add_stream("pcm_s16le", rate=8000).encode(_silence()))
    # FFmpeg would follow a list to other files.
    playlist = tmp_path / "playlist.mp4"
    playlist.write_text("ffconcat version 1.0\nfile whole.mkv\n")
    missing = tmp_path / "missing.mp4"
    assert colorize(cut, noise, sound, playlist, missing) == 1
    said = capsys.readouterr().err.splitlines()
    failed = sorted(line for line in said if line.startswith("failed"))
    assert [line.split(": ")[1] for line in failed] == [
        str(path) for path in sorted((cut, noise, sound, playlist, missing))
    ]
    text = "\n".join(failed)
    for reason in ("cut short", "not a film", "no video track, received audio", "no such file"):
        assert reason in text
    assert outputs_in(tmp_path / "out") == []


def _silence():
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
    frame.sample_rate = 8000
    return frame


def test_a_missing_encoder_and_a_missing_package_are_named(colorize, tmp_path, capsys, monkeypatch):
    film = draw_film(tmp_path / "film.mp4", sound=False)
    assert colorize(film, "--codec", "libx999") == 2
    assert "--codec: received libx999" in capsys.readouterr().err
    assert colorize(film, "--preview", 1, "--to", 1) == 2
    monkeypatch.setitem(sys.modules, "av", None)
    assert colorize(film) == 1
    assert 'pip install "colorizer-tf[video]"' in capsys.readouterr().err


def test_a_film_is_colored_again_only_where_something_changed(colorize, tmp_path, capsys):
    film = draw_film(tmp_path / "film.mp4", sound=False)
    made = tmp_path / "out" / "film_colorized.mp4"
    assert colorize(film, "--dry-run") == 0
    assert f"{film} -> {made}" in capsys.readouterr().out
    assert not made.parent.exists()
    made.parent.mkdir()
    made.touch()
    assert colorize(film) == 1
    assert "--overwrite replaces it" in capsys.readouterr().err
    assert colorize(film, "--overwrite", "--preview", 0.5) == 0
    short = made.stat().st_size
    assert colorize(film, "--preview", 0.5) == 0
    assert "0 colorized, 1 skipped" in capsys.readouterr().out
    assert colorize(film) == 0
    assert made.stat().st_size > short > 0


def test_films_and_photos_of_a_folder(colorize, tmp_path, capsys, monkeypatch):
    album = tmp_path / "album"
    (album / "inner").mkdir(parents=True)
    draw_film(album / "inner" / "a.mp4", sound=False)
    (album / "bad.mkv").write_bytes(b"no film" * 99)
    pixels = np.clip(pattern(0), 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(album / "a.png")
    report = tmp_path / "report.json"
    assert colorize(album, "--report", report, "--compare") == 1
    assert f"failed: {album / 'bad.mkv'}: not a film" in capsys.readouterr().err
    files = {Path(each["source"]).name: each for each in json.loads(report.read_text())["files"]}
    assert [files[name]["status"] for name in ("a.png", "a.mp4", "bad.mkv")] == [
        *("done", "done", "failed")
    ]
    film = files["a.mp4"]
    assert Path(film["output"]) == tmp_path / "out" / "inner" / "a_colorized.mp4"
    assert (film["width"], film["height"]) == (64, 48)
    assert film["bytes"] == Path(film["output"]).stat().st_size
    monkeypatch.setitem(sys.modules, "av", None)
    assert colorize(album) == 0
    assert "0 colorized, 1 skipped, 0 failed" in capsys.readouterr().out
