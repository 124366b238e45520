"""Coordinates in XMP packets, which refer to the stored picture, turned upright with it.

Regions of the Metadata Working Group (faces in Lightroom, digiKam, Picasa) with the size they apply
to, of IPTC (Photo Metadata Standard 2019.1), and Microsoft's (Windows Photo Gallery).
"""

from typing import Any, NamedTuple

from colorizer_tf.images.orientation import swaps_sides, upright_point, upright_sides


class _Names(NamedTuple):
    """How a schema names the parts of a region; `from_corner`: x and y are its top left corner."""

    namespace: str
    x: str
    y: str
    width: str
    height: str
    unit: str
    from_corner: bool


_MWG = _Names("http://ns.adobe.com/xmp/sType/Area#", "x", "y", "w", "h", "unit", from_corner=False)
_IPTC = _Names(
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    *("rbX", "rbY", "rbW", "rbH", "rbUnit"),
    from_corner=True,
)
_DIMENSIONS = "http://ns.adobe.com/xap/1.0/sType/Dimensions#"
_MICROSOFT = "http://ns.microsoft.com/photo/1.2/t/Region#"


def turn_regions(root: Any, orientation: int, height: int, width: int) -> None:
    """Turn all regions of a packet; what is no number stays as it is.

    Args:
        root: the packet's root element (`xml.dom.minidom`).
        orientation: EXIF's, of the stored picture.
        height: of the upright picture, in pixels.
        width: of the upright picture.
    """
    across, down = upright_sides(width, height, orientation)
    for element in [root, *root.getElementsByTagName("*")]:
        for names in (_MWG, _IPTC):
            _turn_place(element, names, orientation, (across, down))
        _turn_dimensions(element, orientation)
        _turn_rectangle(element, orientation)


def _turn_place(element: Any, names: _Names, orientation: int, stored: tuple[float, float]) -> None:
    """Turn a point, a circle or a rectangle, in shares or, by its unit, in pixels."""
    texts = [_value(element, names.namespace, name) for name in (names.x, names.y)]
    sides = [_value(element, names.namespace, name) for name in (names.width, names.height)]
    try:
        x, y = (float(text or "") for text in texts)
        width, height = (float(side or 0) for side in sides)
    except ValueError:
        return
    unit = _value(element, names.namespace, names.unit) or ""
    across, down = stored if unit.startswith("pixel") else (1.0, 1.0)
    if names.from_corner:
        x, y = x + width / 2, y + height / 2
    x, y = upright_point(x / across, y / down, orientation)
    across, down = upright_sides(across, down, orientation)
    x, y = x * across, y * down
    width, height = upright_sides(width, height, orientation)
    if names.from_corner:
        x, y = x - width / 2, y - height / 2
    _set_value(element, names.namespace, names.x, _number(x))
    _set_value(element, names.namespace, names.y, _number(y))
    if None not in sides:
        _set_value(element, names.namespace, names.width, _number(width))
        _set_value(element, names.namespace, names.height, _number(height))


def _turn_dimensions(element: Any, orientation: int) -> None:
    across, down = (_value(element, _DIMENSIONS, name) for name in ("w", "h"))
    if swaps_sides(orientation) and across is not None and down is not None:
        _set_value(element, _DIMENSIONS, "w", down)
        _set_value(element, _DIMENSIONS, "h", across)


def _turn_rectangle(element: Any, orientation: int) -> None:
    """Left, top, width and height as shares, in one text."""
    text = _value(element, _MICROSOFT, "Rectangle")
    try:
        left, top, across, down = (float(part) for part in (text or "").split(","))
    except ValueError:
        return
    x, y = upright_point(left + across / 2, top + down / 2, orientation)
    across, down = upright_sides(across, down, orientation)
    numbers = (x - across / 2, y - down / 2, across, down)
    _set_value(element, _MICROSOFT, "Rectangle", ", ".join(map(_number, numbers)))


def _value(element: Any, namespace: str, name: str) -> str | None:
    """An element's property: an attribute, or the text of a child."""
    if element.hasAttributeNS(namespace, name):
        return str(element.getAttributeNS(namespace, name))
    child = _child(element, namespace, name)
    return child.firstChild.data if child is not None else None


def _set_value(element: Any, namespace: str, name: str, value: str) -> None:
    if element.hasAttributeNS(namespace, name):
        element.getAttributeNodeNS(namespace, name).value = value
    else:
        _child(element, namespace, name).firstChild.data = value


def _child(element: Any, namespace: str, name: str) -> Any:
    for node in element.childNodes:
        if (node.namespaceURI, node.localName) == (namespace, name) and len(node.childNodes) == 1:
            return node if node.firstChild.nodeType == node.TEXT_NODE else None
    return None


def _number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".") or "0"
