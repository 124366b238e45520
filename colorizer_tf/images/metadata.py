"""The metadata of an output: its source's, corrected, with credit for the colors."""

from colorizer_tf.base.credit import RESTORED
from colorizer_tf.base.version import __version__
from colorizer_tf.images.exif import ExifDraft, compact_exif
from colorizer_tf.images.photo import Metadata
from colorizer_tf.images.xmp import XmpDraft

SOFTWARE = "colorizer-tf"
_CAPTION = b"\x1c\x02\x78"  # IPTC-IIM, data set 2:120
_MAX_NAME = 200


class OutputMetadata:
    """EXIF and XMP of an output.

    Attributes:
        exif: the block.
        xmp: the packet.
        software: what wrote it, with its version.
        sentence: that color was added, by which model and with what.
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
        """Correct the source's metadata and add the credit.

        Args:
            source: the source's metadata.
            size: height and width of the output.
            made_by: the model's name.
            longest_exif: bytes that the format can hold; a longer block is written without its
                MakerNote, and if it is still longer without anything of the source's.
            longest_xmp: the same for the XMP packet.
        """
        name = printable(made_by)
        self.sentence = sentence_of(name)
        self.software = f"{SOFTWARE} {__version__}"
        exif, xmp = ExifDraft(source.exif), XmpDraft(source.xmp)
        self.described = exif.described or xmp.described or _CAPTION in source.iptc
        self.exif = self._finished_exif(exif, size, source)
        if len(self.exif.packed()) > longest_exif:
            self.exif = self._finished_exif(ExifDraft(compact_exif(source.exif)), size, source)
        if len(self.exif.packed()) > longest_exif:
            self.exif = self._finished_exif(ExifDraft(b""), size, source)
        self.xmp = self._finished_xmp(xmp, size, source.orientation, name)
        if len(self.xmp) > longest_xmp:
            self.xmp = self._finished_xmp(XmpDraft(b""), size, 1, name)

    def _finished_exif(
        self, draft: ExifDraft, size: tuple[int, int], source: Metadata
    ) -> ExifDraft:
        draft.describe(*size, source.dpi, source.orientation)
        draft.credit(self.software, None if self.described else self.sentence)
        return draft

    def _finished_xmp(
        self, draft: XmpDraft, size: tuple[int, int], orientation: int, name: str
    ) -> bytes:
        draft.describe(*size, orientation)
        draft.credit(
            (SOFTWARE, __version__), name, self.sentence, add_description=not self.described
        )
        return draft.packed()


def credited_xmp(packet: bytes, made_by: str) -> bytes:
    """The XMP packet of a document, with credit for the colors and nothing else changed.

    Args:
        packet: the document's; a broken or empty one counts as none.
        made_by: the model's name.
    """
    draft, name = XmpDraft(packet), printable(made_by)
    credit = (SOFTWARE, __version__), name, sentence_of(name)
    draft.credit(*credit, add_description=not draft.described)
    return draft.packed()


def sentence_of(name: str, kind: str = "photo") -> str:
    """That color was added.

    Args:
        name: the model's, printable.
        kind: of what.
    """
    added = f"Color was added by a neural network (model {name}) with {SOFTWARE} {__version__}"
    if RESTORED in name:
        return f"{added}."
    return f"{added}; the lightness is the original {kind}'s."


def printable(name: str) -> str:
    """A name without control characters, of one line and at most 200 characters."""
    known = name.encode("utf-8", "backslashreplace").decode("utf-8")
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in known)
    return shown if len(shown) <= _MAX_NAME else shown[: _MAX_NAME - 1] + "…"
