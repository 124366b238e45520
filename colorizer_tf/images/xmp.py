"""XMP packets (ISO 16684-1): the source's, corrected for the output, with credit for the colors."""

import xml.dom.minidom as dom
from typing import Any
from xml.sax.saxutils import escape

from colorizer_tf.images.xmp_attachments import drop_attachments, may_have_attachments
from colorizer_tf.images.xmp_regions import turn_regions

# Larger packets hold pictures: depth maps, thumbnails, histories of strokes.
MAX_XMP_BYTES = 2**20

_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DC = "http://purl.org/dc/elements/1.1/"
_XMP = "http://ns.adobe.com/xap/1.0/"
_MM = "http://ns.adobe.com/xap/1.0/mm/"
_EVENT = "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
_NOTE = "http://ns.adobe.com/xmp/note/"
_TIFF = "http://ns.adobe.com/tiff/1.0/"
_EXIF = "http://ns.adobe.com/exif/1.0/"
_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"

# Properties that hold for the source file only, or that are written again.
_DROPPED = (
    (_IPTC, "DigitalSourceType"),
    (_IPTC, "AISystemUsed"),
    (_IPTC, "AISystemVersionUsed"),
    (_NOTE, "HasExtendedXMP"),
    (_XMP, "Thumbnails"),
    (_PHOTOSHOP, "ICCProfile"),
)

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_HEAD, _TAIL = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n', '\n<?xpacket end="w"?>'

# Each part declares its own namespaces: it may go into a packet that names them otherwise.
_ADDED = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{rdf}">
<rdf:Description xmlns:rdf="{rdf}" xmlns:Iptc4xmpExt="{iptc}" xmlns:xmpMM="{mm}" rdf:about="">
<Iptc4xmpExt:DigitalSourceType>{source_type}</Iptc4xmpExt:DigitalSourceType>
<Iptc4xmpExt:AISystemUsed>{system}</Iptc4xmpExt:AISystemUsed>
<Iptc4xmpExt:AISystemVersionUsed>{version}</Iptc4xmpExt:AISystemVersionUsed>
<xmpMM:History><rdf:Seq>
<rdf:li xmlns:rdf="{rdf}" xmlns:stEvt="{event}" rdf:parseType="Resource">
<stEvt:action>edited</stEvt:action>
<stEvt:softwareAgent>{software}</stEvt:softwareAgent>
<stEvt:parameters>{sentence}</stEvt:parameters>
</rdf:li></rdf:Seq></xmpMM:History>
<xmp:CreatorTool xmlns:xmp="{xmp}">{software}</xmp:CreatorTool>
<dc:description xmlns:dc="{dc}"><rdf:Alt><rdf:li xml:lang="x-default">{sentence}</rdf:li></rdf:Alt>
</dc:description>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


# The DOM's types hold None where no parsed packet has it.
_Element = Any


def attachments_of(packet: bytes) -> tuple[str, ...]:
    """What a packet says its file holds besides the picture, as `drop_attachments` names it."""
    root = _parsed(packet) if may_have_attachments(packet) else None
    return drop_attachments(root) if root else ()


class XmpDraft:
    """An XMP packet that is being edited.

    Attributes:
        described: whether the packet brought a description of the photo.
    """

    def __init__(self, packet: bytes) -> None:
        """Parse a packet; a broken, empty or very large one counts as none."""
        self._root: _Element = _parsed(packet)
        self.described = bool(self._root and _found(self._root, _DC, "description"))

    def describe(self, height: int, width: int, orientation: int) -> None:
        """Make it describe an upright sRGB picture alone in its file.

        Args:
            height: of the upright picture, in pixels.
            width: of the upright picture.
            orientation: EXIF's, of the stored picture, to which coordinates refer.
        """
        if not self._root:
            return
        drop_attachments(self._root)
        turn_regions(self._root, orientation, height, width)
        for namespace, name in _DROPPED:
            _drop(self._root, namespace, name)
        facts = {
            (_TIFF, "Orientation"): 1,
            (_TIFF, "ImageWidth"): width,
            (_TIFF, "ImageLength"): height,
            (_EXIF, "PixelXDimension"): width,
            (_EXIF, "PixelYDimension"): height,
            (_EXIF, "ColorSpace"): 1,
        }
        for (namespace, name), number in facts.items():
            for holder in _found(self._root, namespace, name):
                _set(holder, namespace, name, str(number))

    def credit(
        self, software: tuple[str, str], model: str, sentence: str, *, add_description: bool
    ) -> None:
        """Say that a model colored the photo: IPTC's source type, the system, an event.

        Args:
            software: name and version.
            model: the model's name.
            sentence: what was done, in words.
            add_description: make the sentence the photo's description.
        """
        name, version = software
        text = {
            "source_type": _SOURCE_TYPE,
            "system": f"{name}, model {model}",
            "version": version,
            "software": f"{name} {version}",
            "sentence": sentence,
        }
        names = {"rdf": _RDF, "iptc": _IPTC, "mm": _MM, "event": _EVENT, "xmp": _XMP, "dc": _DC}
        filled = _ADDED.format(**names, **{key: escape(value) for key, value in text.items()})
        # Our own text: no document type can be in it.
        added: _Element = dom.parseString(filled.encode()).documentElement  # noqa: S318
        (description,) = added.getElementsByTagNameNS(_RDF, "Description")
        if not add_description:
            _drop(description, _DC, "description")
        if self._root:
            _merge(self._root, description)
        else:
            self._root = added

    def packed(self) -> bytes:
        """The packet in UTF-8, without padding."""
        return (_HEAD + self._root.toxml() + _TAIL).encode("utf-8", "replace")


def _parsed(packet: bytes) -> _Element | None:
    if not packet or len(packet) > MAX_XMP_BYTES:
        return None
    try:
        # Decoded first: of text the parser ignores a declared encoding that could hide a DOCTYPE.
        text = packet.decode("utf-16" if packet[:2] in _UTF_16 else "utf-8").strip("\0 \t\r\n")
        if "<!DOCTYPE" in text:
            return None
        root: _Element = dom.parseString(text).documentElement  # noqa: S318
        holders = root.getElementsByTagNameNS(_RDF, "RDF")
        root.toxml()  # nesting too deep to write again shows here
    # A broken packet makes the parser raise many things, RecursionError and LookupError too.
    except Exception:
        return None
    is_rdf = root.namespaceURI == _RDF and root.localName == "RDF"
    return root if holders or is_rdf else None


def _merge(root: _Element, description: _Element) -> None:
    if _found(root, _XMP, "CreatorTool"):
        _drop(description, _XMP, "CreatorTool")
    history = root.getElementsByTagNameNS(_MM, "History")
    events = history[0].getElementsByTagNameNS(_RDF, "Seq") if history else []
    if events:
        (event,) = (
            li
            for li in description.getElementsByTagNameNS(_RDF, "li")
            if li.getElementsByTagNameNS(_EVENT, "action")
        )
        events[0].appendChild(event)
        _drop(description, _MM, "History")
    is_rdf = root.namespaceURI == _RDF and root.localName == "RDF"
    holder = root if is_rdf else root.getElementsByTagNameNS(_RDF, "RDF")[0]
    holder.appendChild(description)


def _found(root: _Element, namespace: str, name: str) -> list[_Element]:
    """Elements of this name, and elements that have an attribute of it: RDF means the same."""
    described = root.getElementsByTagNameNS(_RDF, "Description")
    return [
        *root.getElementsByTagNameNS(namespace, name),
        *(holder for holder in described if holder.hasAttributeNS(namespace, name)),
    ]


def _set(holder: _Element, namespace: str, name: str, value: str) -> None:
    if holder.hasAttributeNS(namespace, name):
        holder.getAttributeNodeNS(namespace, name).value = value
        return
    while holder.firstChild:
        holder.removeChild(holder.firstChild)
    holder.appendChild(holder.ownerDocument.createTextNode(value))


def _drop(root: _Element, namespace: str, name: str) -> None:
    for holder in _found(root, namespace, name):
        if holder.hasAttributeNS(namespace, name):
            holder.removeAttributeNS(namespace, name)
        else:
            holder.parentNode.removeChild(holder)
