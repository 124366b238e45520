"""PDFs: pictures of pages in color, all else as it was; rendered by pdfium."""

import io
import subprocess
import sys
import zlib

import numpy as np
import pikepdf
import pytest
from pikepdf import Name

from colorizer_tf.batch.finding import find
from colorizer_tf.batch.options import ColorizeOptions
from colorizer_tf.images.pages import pdf_pages
from tests.batch.page_files import POINTS_A_PIXEL, PdfDraft, jpeg, rendered, scene
from tests.batch.painting import Tinter, color, statuses, tinted

WIDE, HIGH = 80 * POINTS_A_PIXEL, 60 * POINTS_A_PIXEL


class Watching(Tinter):
    """Keeps what the network sees."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def colorize(self, pixels, **settings):
        self.seen.append(pixels.copy())
        return super().colorize(pixels, **settings)


def color_pdf(tmp_path, content, colorizer=None, **settings):
    (tmp_path / "a.pdf").write_bytes(content)
    (result,) = color(tmp_path / "a.pdf", tmp_path / "out", colorizer, **settings)
    return result


def mean_error(picture, expected):
    return np.abs(picture.astype(int) - expected).mean()


def test_full_page_pictures_are_colored_in_their_places(tmp_path):
    draft = PdfDraft()
    draft.page(draft.jpeg(scene(0)), text="one")
    draft.page(draft.deflated(scene(1)), text="two")
    draft.page(draft.deflated(scene(2).astype(np.uint16) * 257))
    draft.page(draft.jpeg(np.dstack([scene(3)] * 3)))
    codes = scene(4) // 16
    grays = np.repeat(np.arange(0, 256, 17, dtype=np.uint8)[:, None], 3, axis=1)
    draft.page(draft.palette(codes, grays))
    draft.page(draft.deflated(255 - scene(5), Decode=[1, 0]))
    expected = [scene(0), scene(1), scene(2), scene(3), codes * 17, scene(5)]
    content = draft.content()
    result = color_pdf(tmp_path, content)
    assert (result.status, result.note, result.output.name) == ("done", "", "a_colorized.pdf")
    before, after = rendered(content), rendered(result.output.read_bytes())
    for (old, old_text), (new, text), gray in zip(before, after, expected, strict=True):
        assert (new.shape, text) == (old.shape, old_text)
        assert mean_error(new, tinted(gray)) < 9
    assert [text for _, text in after][:2] == ["one", "two"]
    with pikepdf.open(result.output) as pdf:
        packet = pdf.Root.Metadata.read_bytes()
        assert b"compositeWithTrainedAlgorithmicMedia" in packet
        assert b"neural network (model tint)" in packet
        assert {tuple(page.mediabox) for page in pdf.pages} == {
            tuple(page.mediabox) for page in pikepdf.open(io.BytesIO(content)).pages
        }
    assert color(tmp_path / "a.pdf", tmp_path / "out")[0].status == "skipped"


def test_other_pages_stay_as_they_were(tmp_path):
    draft = PdfDraft()
    text = np.packbits(scene(0) > 99, axis=1)
    bilevel = {"BitsPerComponent": 1}
    draft.page(draft.picture(text.tobytes(), (60, 80), **bilevel), text="of letters")
    draft.page(text="nothing else")
    small = f"{20 * POINTS_A_PIXEL} 0 0 {15 * POINTS_A_PIXEL} 0 0"
    draft.page(draft.jpeg(scene(1)), matrix=small)
    draft.page(draft.deflated(np.dstack([scene(2)] * 4), ColorSpace=Name.DeviceCMYK))
    page = draft.page(draft.jpeg(scene(3)))
    # A white sheet before the picture, and one behind it that is all of its page.
    page.Resources.XObject.S = fill = draft.deflated(np.full((1, 1), 255, np.uint8))
    sheet = f"q {WIDE} 0 0 {HIGH} 0 0 cm /S Do Q ".encode()
    page.Contents = pikepdf.Stream(draft.pdf, sheet + page.Contents.read_bytes())
    draft.page(fill)
    content = draft.content()
    result = color_pdf(tmp_path, content)
    assert result.note == (
        "kept as it was: 1 page of bilevel text; "
        "kept as it was: 3 pages without a full-page picture; "
        "kept as it was: 1 page with a picture of other colors than gray and RGB"
    )
    before, after = rendered(content), rendered(result.output.read_bytes())
    for (old, _), (new, _) in list(zip(before, after, strict=True))[:4]:
        np.testing.assert_array_equal(new, old)
    assert mean_error(after[4][0], tinted(scene(3))) < 9


def test_pages_by_number(tmp_path):
    draft = PdfDraft()
    for seed in range(4):
        draft.page(draft.jpeg(scene(seed)))
    content = draft.content()
    result = color_pdf(tmp_path, content, options=ColorizeOptions(pages="1,3-", compare=True))
    before, after = rendered(content), rendered(result.output.read_bytes())
    same = [bool((old[0] == new[0]).all()) for old, new in zip(before, after, strict=True)]
    assert same == [False, True, False, False]
    pairs = rendered((tmp_path / "out" / "a_compare.pdf").read_bytes(), dpi=144)
    assert [page.shape for page, _ in pairs] == [(60, 160, 3)] * 3
    assert mean_error(pairs[1][0][:, 80:], tinted(scene(2))) < 9


# A page may be turned, and so may the picture on it: the network sees it as readers do.


@pytest.mark.parametrize(
    ("turns", "rotate", "matrix", "size"),
    [
        (1, 90, None, (60, 80)),
        (2, 180, None, (80, 60)),
        (3, 270, None, (60, 80)),
        (1, 0, f"0 {-HIGH} {WIDE} 0 0 {HIGH}", (80, 60)),
        (3, 0, f"0 {HIGH} {-WIDE} 0 {WIDE} 0", (80, 60)),
    ],
)
def test_the_network_sees_pages_upright(tmp_path, turns, rotate, matrix, size):
    upright = scene(0)
    draft, watching = PdfDraft(), Watching()
    stored = np.ascontiguousarray(np.rot90(upright, turns))
    draft.page(draft.deflated(stored), rotate=rotate, matrix=matrix, size=size)
    draft.page(draft.deflated(upright[::-1]), matrix=f"{WIDE} 0 0 {-HIGH} 0 {HIGH}")
    content = draft.content()
    assert mean_error(rendered(content)[0][0][..., 0], upright) < 2, "shown upright"
    result = color_pdf(tmp_path, content, watching)
    np.testing.assert_array_equal(watching.seen, [upright] * 2)
    for page, _ in rendered(result.output.read_bytes()):
        assert mean_error(page, tinted(upright)) < 9


def test_sizes_stay_within_half_as_much_again(tmp_path):
    rng = np.random.default_rng(0)
    grain = [np.clip(scene(n, 400, 500) + rng.normal(0, 8, (400, 500)), 0, 255) for n in range(3)]
    draft = PdfDraft()
    for quality, gray in zip((30, 75, 95), grain, strict=True):
        pixels = gray.astype(np.uint8)
        draft.page(draft.picture(jpeg(pixels, quality), pixels.shape, Filter=Name.DCTDecode))
    content = draft.content()
    result = color_pdf(tmp_path, content)
    assert result.size <= 1.5 * len(content)
    (better,) = color(tmp_path / "a.pdf", tmp_path / "b", options=ColorizeOptions(quality=100))
    assert better.size <= 1.5 * len(content)


def test_a_small_file_stays_within_half_as_much_again(tmp_path):
    rng = np.random.default_rng(0)
    gray = np.clip(scene(0, 160, 200) + rng.normal(0, 20, (160, 200)), 0, 255).astype(np.uint8)
    draft = PdfDraft()
    draft.page(draft.picture(jpeg(gray, 40), gray.shape, Filter=Name.DCTDecode))
    content = draft.content()
    assert 5_000 < len(content) < 10_000
    assert color_pdf(tmp_path, content).size <= 1.5 * len(content)


def test_one_picture_on_many_pages_and_within_forms(tmp_path):
    draft, watching = PdfDraft(), Watching()
    picture = draft.jpeg(scene(0))
    for _ in range(2):
        draft.page(picture)
    page = draft.page()
    form = pikepdf.Stream(draft.pdf, f"q {WIDE} 0 0 {HIGH} 0 0 cm /P Do Q".encode())
    form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, [0, 0, WIDE, HIGH]
    form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=picture))
    page.Resources.XObject = pikepdf.Dictionary(F=draft.pdf.make_indirect(form))
    page.Contents = pikepdf.Stream(draft.pdf, b"/F Do")
    result = color_pdf(tmp_path, draft.content(), watching)
    assert len(watching.seen) == 1
    for shown, _ in rendered(result.output.read_bytes()):
        assert mean_error(shown, tinted(scene(0))) < 9
    # A form that paints itself, twice.
    form.Resources.XObject.F = page.Resources.XObject.F
    form.write(form.read_bytes() + b" /F Do /F Do")
    assert color_pdf(tmp_path, draft.content()).status == "done"


def test_encrypted_and_broken_ones_are_named(tmp_path):
    draft = PdfDraft()
    draft.page(draft.jpeg(scene(0)))
    for lock in (pikepdf.Encryption(owner="o", user="u"), pikepdf.Encryption(owner="o", user="")):
        result = color_pdf(tmp_path, draft.content(encryption=lock))
        assert result.reason.startswith("an encrypted PDF: take its protection off first")
    assert color_pdf(tmp_path, b"%PDF-1.7\nnothing").reason == "broken PDF"
    draft.page(draft.picture(b"\xff\xd8 no JPEG", (60, 80), Filter=Name.DCTDecode))
    assert color_pdf(tmp_path, draft.content()).reason.startswith("page 2: ")
    wide = draft.picture(b"", (60000, 60000), Filter=Name.FlateDecode)
    draft.pdf.pages[1].Resources.XObject.P = wide
    assert "page 2: more than" in color_pdf(tmp_path, draft.content()).reason
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".colorizer-tf.jsonl"]


def test_no_more_is_unpacked_than_a_picture_needs(tmp_path):
    draft = PdfDraft()
    bomb = zlib.compress(bytes(2**24))
    draft.page(draft.picture(bomb, (60, 80), Filter=Name.FlateDecode))
    assert color_pdf(tmp_path, draft.content()).reason.startswith("page 1: broken picture")


def test_a_crash_costs_one_file(tmp_path, monkeypatch):
    from colorizer_tf.images import isolation
    from colorizer_tf.images.pages import children

    pool = isolation.DecoderProcesses("tests.images.crashing")
    monkeypatch.setattr(children, "_children", pool)
    draft = PdfDraft()
    draft.page(draft.jpeg(scene(0)))
    (tmp_path / "in").mkdir()
    for name, mark in (("a", b""), ("b", b"\n% crash the decoder here"), ("c", b"")):
        (tmp_path / "in" / f"{name}.pdf").write_bytes(draft.content() + mark)
    results = color(str(tmp_path / "in"), tmp_path / "out")
    pool.close()
    assert statuses(results) == [("a.pdf", "done"), ("b.pdf", "failed"), ("c.pdf", "done")]
    assert results[1].reason == "its decoder crashed (signal 11)"


def test_without_the_extra_it_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.pdf").write_bytes(b"%PDF-1.7")
    assert [each.name for each in find([tmp_path / "in"], tmp_path / "out").photos] == ["a.pdf"]
    monkeypatch.setattr(pdf_pages.importlib.util, "find_spec", lambda _: None)
    findings = find([tmp_path / "in"], tmp_path / "out")
    assert (findings.photos, findings.passed_by) == ([], {"PDFs": 1})
    (result,) = color(tmp_path / "in" / "a.pdf", tmp_path / "out")
    assert result.reason == 'PDFs need one more package: pip install "colorizer-tf[pdf]"'


def test_nothing_of_it_is_imported_by_a_run_without_pdfs():
    code = "import sys, colorizer_tf.batch.run; sys.exit('pikepdf' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
