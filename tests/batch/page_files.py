"""Files of several pages drawn for tests, and PDFs as pdfium shows them."""

import io
import zlib

import numpy as np
import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image

POINTS_A_PIXEL = 72 / 144


def scene(seed=0, height=60, width=80):
    """A gray scene of soft blobs, uint8."""
    rows, columns = np.mgrid[:height, :width]
    phase = np.random.default_rng(seed).uniform(0, 6, 2)
    waves = np.sin(rows / 9 + phase[0]) + np.sin(columns / 13 + phase[1])
    return np.clip(127 + 55 * waves, 0, 255).astype(np.uint8)


def frames(count=6, height=48, width=64):
    """A pan over a scene: gray frames, uint8."""
    wide = scene(3, height + count * 2, width + count * 3)
    return [wide[2 * n : 2 * n + height, 3 * n : 3 * n + width] for n in range(count)]


def animation(pictures, format_name, **settings):
    """An animated file by Pillow."""
    first, *others = map(Image.fromarray, pictures)
    buffer = io.BytesIO()
    first.save(buffer, format_name, save_all=True, append_images=others, **settings)
    return buffer.getvalue()


def jpeg(pixels, quality=85):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


class PdfDraft:
    """A PDF that is being made page by page, as scanners and their text recognition make them."""

    def __init__(self):
        self.pdf = pikepdf.new()

    def page(self, picture=None, *, text="", rotate=0, matrix=None, size=(80, 60)):
        """Add a page of 144 pixels an inch with a picture all over it, and a layer of text."""
        wide, high = (side * POINTS_A_PIXEL for side in size)
        page = self.pdf.add_blank_page(page_size=(wide, high))
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        page.Resources = Dictionary(Font=Dictionary(F1=font))
        content = ""
        if picture is not None:
            page.Resources.XObject = Dictionary(P=picture)
            place = matrix or f"{wide} 0 0 {high} 0 0"
            content = f"q {place} cm /P Do Q "
        if text:
            content += f"BT 3 Tr /F1 9 Tf 2 5 Td ({text}) Tj ET"
        page.Contents = Stream(self.pdf, content.encode())
        if rotate:
            page.obj.Rotate = rotate
        return page

    def jpeg(self, pixels, **tags):
        """A picture as JPEG."""
        return self.picture(jpeg(pixels), pixels.shape, Filter=Name.DCTDecode, **tags)

    def deflated(self, pixels, **tags):
        """A picture of 8 or 16 bits without a loss."""
        content = zlib.compress(pixels.astype(pixels.dtype.newbyteorder(">")).tobytes())
        bits = 8 * pixels.dtype.itemsize
        tags = {"BitsPerComponent": bits} | tags
        return self.picture(content, pixels.shape, Filter=Name.FlateDecode, **tags)

    def picture(self, content, shape, **tags):
        """A picture of gray, or RGB by its shape, unless tags say else."""
        space = Name.DeviceRGB if len(shape) == 3 else Name.DeviceGray
        tags = {"ColorSpace": space, "BitsPerComponent": 8} | tags
        kinds = {"Type": Name.XObject, "Subtype": Name.Image}
        stream = Stream(self.pdf, content, Width=shape[1], Height=shape[0], **kinds, **tags)
        return self.pdf.make_indirect(stream)

    def palette(self, codes, colors):
        """A picture of 4 bits a pixel with a palette `(16, 3)`."""
        space = Array([Name.Indexed, Name.DeviceRGB, 15, pikepdf.String(colors.tobytes())])
        packed = (codes[:, ::2] << 4 | codes[:, 1::2]).astype(np.uint8)
        content = zlib.compress(packed.tobytes())
        tags = {"ColorSpace": space, "BitsPerComponent": 4, "Filter": Name.FlateDecode}
        return self.picture(content, codes.shape, **tags)

    def content(self, **settings):
        """The file."""
        buffer = io.BytesIO()
        self.pdf.save(buffer, **settings)
        return buffer.getvalue()


def rendered(data, dpi=144):
    """Each page of a PDF as pdfium shows it: `(h, w, 3)` uint8, and its text."""
    pages = []
    with pypdfium2.PdfDocument(data) as pdf:
        for page in pdf:
            shown = page.render(scale=dpi / 72).to_pil().convert("RGB")
            pages.append((np.asarray(shown), page.get_textpage().get_text_bounded()))
    return pages
