"""What a coloured photo's file says: what its source said, made true, and who coloured it."""

from colorizer_tf.base.version import __version__
from colorizer_tf.images.exif import ExifDraft, compact_exif
from colorizer_tf.images.photo import Metadata
from colorizer_tf.images.xmp import XmpDraft

SOFTWARE = "colorizer-tf"
_CAPTION = b"\x1c\x02\x78"  # IPTC-IIM, data set 2:120
_MAX_NAME = 200


class Statement:
    """The metadata of an output.

    Attributes:
        exif: the block in the making.
        xmp: the packet.
        software: what wrote it, with its version.
        sentence: that colour was added, by which model and with what.
        described: whether the source brought a description; if not, the sentence is it.
    """

    def __init__(
        self,
        source: Metadata,
        size: tuple[int, int],
        made_by: str,
        *,
        longest_exif: int,
        longest_xmp: int,
    ) -> None:
        """Make true what the source said, and sign.

        Args:
            source: what the photo's file says.
            size: height and width of the output.
            made_by: the model's name.
            longest_exif: bytes that the output's format holds; a longer block loses its MakerNote,
                and if it is still longer all that the source said.
            longest_xmp: the same of the XMP packet.
        """
        name = printable(made_by)
        self.sentence = (
            f"Colour was added by a neural network (model {name}) with {SOFTWARE} {__version__}; "
            "the lightness is the original photo's."
        )
        self.software = f"{SOFTWARE} {__version__}"
        exif, xmp = ExifDraft(source.exif), XmpDraft(source.xmp)
        self.described = exif.described or xmp.described or _CAPTION in source.iptc
        self.exif = self._signed_exif(exif, size, source.dpi)
        if len(self.exif.packed()) > longest_exif:
            self.exif = self._signed_exif(ExifDraft(compact_exif(source.exif)), size, source.dpi)
        if len(self.exif.packed()) > longest_exif:
            self.exif = self._signed_exif(ExifDraft(b""), size, source.dpi)
        self.xmp = self._signed_xmp(xmp, size, name)
        if len(self.xmp) > longest_xmp:
            self.xmp = self._signed_xmp(XmpDraft(b""), size, name)

    def _signed_exif(
        self, draft: ExifDraft, size: tuple[int, int], dpi: tuple[float, float] | None
    ) -> ExifDraft:
        draft.make_true(*size, dpi)
        draft.sign(self.software, None if self.described else self.sentence)
        return draft

    def _signed_xmp(self, draft: XmpDraft, size: tuple[int, int], name: str) -> bytes:
        draft.make_true(*size)
        draft.sign((SOFTWARE, __version__), name, self.sentence, describe=not self.described)
        return draft.packed()


def printable(name: str) -> str:
    """A name that any file can hold: one line, no control characters, at most 200 characters."""
    known = name.encode("utf-8", "backslashreplace").decode("utf-8")
    shown = "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in known)
    return shown if len(shown) <= _MAX_NAME else shown[: _MAX_NAME - 1] + "…"
