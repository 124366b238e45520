"""No file may take the process down: what is seldom met is decoded in a child process."""

import concurrent.futures
import os
import subprocess
import sys
import time

import imagecodecs
import numpy as np
import pytest

from colorizer_tf import images
from colorizer_tf.base.errors import ImageError
from colorizer_tf.images import isolation, reading
from tests.batch.painting import color, statuses
from tests.image_files import by_pillow, by_tifffile, drawn
from tests.images import crashing

AVIF = imagecodecs.avif_encode(drawn(10), level=90, bitspersample=10)


@pytest.fixture
def crashing_decoders(monkeypatch):
    """Child processes whose decoders end their process at a mark."""
    decoders = isolation.DecoderProcesses("tests.images.crashing")
    monkeypatch.setattr(reading, "_decoders", decoders)
    yield
    decoders.close()


@pytest.mark.usefixtures("crashing_decoders")
@pytest.mark.parametrize(
    ("mark", "reason"), [(crashing.CRASH, "signal 11"), (crashing.EXIT, "exit code 3")]
)
def test_a_decoder_that_ends_its_process_costs_one_file(mark, reason):
    before = images.decode_photo(AVIF)
    for _ in range(3):
        with pytest.raises(ImageError, match=f"its decoder crashed .{reason}"):
            images.decode_photo(AVIF + mark)
        with pytest.raises(ImageError, match="crashed"):
            images.decode_image(AVIF + mark)
        assert images.photo_size(AVIF + mark) == before.pixels.shape[:2]
        assert (images.decode_photo(AVIF).pixels == before.pixels).all()


@pytest.mark.usefixtures("crashing_decoders")
def test_a_folder_with_such_a_file_is_done_but_for_it(tmp_path):
    for number in range(6):
        mark = crashing.CRASH if number == 2 else b""
        (tmp_path / f"{number}.avif").write_bytes(AVIF + mark)
    results = color(str(tmp_path), tmp_path / "out")
    expected = [(f"{n}.avif", "failed" if n == 2 else "done") for n in range(6)]
    assert sorted(statuses(results)) == expected
    assert [r.reason for r in results if r.reason] == ["its decoder crashed (signal 11)"]


@pytest.mark.usefixtures("crashing_decoders")
def test_a_decoder_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(isolation, "_TIME_LIMIT", 1.0)
    with pytest.raises(ImageError, match="longer than 1 s"):
        images.decode_photo(AVIF + crashing.HANG)
    monkeypatch.undo()
    assert images.decode_photo(AVIF).format == "avif"


@pytest.mark.usefixtures("crashing_decoders")
def test_threads_lose_only_their_own_files():
    files = [AVIF + crashing.CRASH if number % 5 == 0 else AVIF for number in range(20)]

    def outcome(data):
        try:
            return images.decode_photo(data).pixels.shape
        except ImageError as error:
            return str(error)

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(outcome, files))
    assert [isinstance(each, str) for each in outcomes] == [n % 5 == 0 for n in range(20)]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.usefixtures("crashing_decoders")
def test_a_forked_process_starts_children_of_its_own():
    expected = images.decode_photo(AVIF).pixels
    pid = os.fork()
    if pid == 0:
        os._exit(0 if (images.decode_photo(AVIF).pixels == expected).all() else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert (images.decode_photo(AVIF).pixels == expected).all()


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_sequences_give_their_first_frame(bits):
    frames = np.stack([drawn(bits), drawn(bits)[::-1], drawn(bits)[:, ::-1]])
    data = imagecodecs.avif_encode(frames, level=100, bitspersample=bits)
    photo = images.decode_photo(data)
    assert photo.pixels.dtype == (np.uint8 if bits == 8 else np.uint16)
    scale = 1 if bits == 8 else 65535 / (2**bits - 1)
    assert np.abs(photo.pixels / scale - drawn(bits)).max() <= 4


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_common_files_start_no_process(kind, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", None)
    assert images.decode_photo(by_pillow(drawn(), kind)).pixels.shape == drawn().shape


def test_what_a_jpeg_does_not_need_is_not_imported():
    code = (
        "import sys; from colorizer_tf import images;"
        "images.decode_photo(sys.stdin.buffer.read());"
        "print([name for name in ('tifffile', 'tensorflow', 'pillow_heif') if name in sys.modules])"
    )
    data = by_pillow(drawn(), "JPEG")
    done = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"


@pytest.mark.usefixtures("crashing_decoders")
def test_deep_jpegs_are_read_in_a_child():
    data = imagecodecs.jpeg_encode(drawn(12), level=100, bitspersample=12, subsampling="444")
    photo = images.decode_photo(data)
    assert np.abs(photo.pixels / (65535 / 4095) - drawn(12)).max() <= 40
    with pytest.raises(ImageError, match="crashed"):
        images.decode_photo(data + crashing.CRASH)


@pytest.mark.usefixtures("crashing_decoders")
def test_seldom_met_tiffs_are_read_in_a_child():
    for compression in ("zstd", "lzma", "webp", "jpeg2000"):
        data = by_tifffile(drawn(), photometric="rgb", compression=compression)
        assert images.decode_photo(data).pixels.shape == drawn().shape
        with pytest.raises(ImageError, match="crashed"):
            images.decode_photo(data + crashing.CRASH)


def test_children_end_with_their_parent():
    code = (
        "import sys; from colorizer_tf import images; from colorizer_tf.images import reading;"
        "images.decode_photo(sys.stdin.buffer.read());"
        "print(reading._decoders._idle[0]._process.pid, flush=True);"
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=AVIF, capture_output=True, check=False
    )
    child = int(done.stdout)
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("the child is still there")
