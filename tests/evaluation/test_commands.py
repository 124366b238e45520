"""Other people's commands: run without a shell, stopped in time, failures named."""

import sys
import time
from pathlib import Path

import pytest

from colorizer_tf.base.errors import ColorizerError, UsageError
from colorizer_tf.evaluation.commands import parse_command, run_command

PYTHON = f'"{sys.executable}"'


@pytest.fixture
def grays(tmp_path):
    folder = tmp_path / "in put"
    folder.mkdir()
    for name in ("0.png", "1.png", "2.png"):
        (folder / name).write_bytes(name.encode())
    return folder


@pytest.fixture
def out(tmp_path):
    (tmp_path / "out put").mkdir()
    return tmp_path / "out put"


def run(code, places, grays, out, seconds=30.0):
    return run_command(parse_command("x", f"{PYTHON} -c '{code}' {places}"), grays, out, seconds)


def test_a_command_gets_folders(grays, out):
    code = "import shutil, sys; shutil.copytree(*sys.argv[1:], dirs_exist_ok=True)"
    cost = run(code, "{in} {out}", grays, out)
    assert sorted(path.name for path in out.iterdir()) == ["0.png", "1.png", "2.png"]
    assert 0 < cost.photos_per_second < 1000
    assert 5 < cost.peak_memory_mb < 60


def test_or_a_file_each(grays, out):
    run("import shutil, sys; shutil.copy(*sys.argv[1:])", "{photo} {result}", grays, out)
    assert [(out / f"{n}.png").read_text() for n in range(3)] == ["0.png", "1.png", "2.png"]


def test_the_memory_is_that_of_the_command(grays, out):
    cost = run(
        "import sys; x = bytearray(300_000_000); x[::4096] = x[::4096]", "{in} {out}", grays, out
    )
    assert 300 < cost.peak_memory_mb < 400


def test_no_shell_sees_it(grays, out):
    marker = out.parent / "marker"
    command = parse_command(
        "x", f"{PYTHON} -c 'import sys; print(sys.argv)' {{in}} {{out}} ; touch {marker}"
    )
    run_command(command, grays, out, 30)
    assert not marker.exists()


def test_a_failure_says_how_it_ended_and_its_last_words(grays, out):
    with pytest.raises(ColorizerError, match=r"ended with 3: .*no weights here"):
        run('import sys; print("no weights here"); sys.exit(3)', "{in} {out}", grays, out)
    with pytest.raises(ColorizerError, match=r"ended with 4$"):
        run("exit(4)", "{in} {out}", grays, out)
    with pytest.raises(ColorizerError, match="cannot be started: no such program"):
        run_command(parse_command("x", "/no/such/program {in} {out}"), grays, out, 5)


def test_a_flood_of_words_is_no_trouble(grays, out):
    code = 'import sys; sys.stdout.write("word " * 2_000_000); sys.exit(1)'
    with pytest.raises(ColorizerError) as failure:
        run(code, "{in} {out}", grays, out)
    assert len(str(failure.value)) < 2000


def test_in_time_the_whole_group_is_killed(grays, out):
    # The child would write a file after a while, had it lived on.
    child = f'import time; time.sleep(2); open("{out}/late", "w")'
    code = (
        "import subprocess, sys, time; "
        f'subprocess.Popen([sys.executable, "-c", {child!r}]); time.sleep(60)'
    ).replace("'", '"""')
    start = time.monotonic()
    with pytest.raises(ColorizerError, match="time limit of 1 s"):
        run(code, "{in} {out}", grays, out, 1.0)
    assert time.monotonic() - start < 8
    time.sleep(2)
    assert not (Path(out) / "late").exists()


@pytest.mark.parametrize("text", ["color", "color {in}", "color {photo} {out}", "c 'x {in} {out}"])
def test_places_must_be_there(text):
    with pytest.raises(UsageError, match="--peer x"):
        parse_command("x", text)
