"""Coordinates in XMP packets, which refer to the stored picture, turned upright with it.

Read and written: regions of the Metadata Working Group (faces in Lightroom, digiKam, Picasa) with
the size they apply to, and Microsoft's (Windows Photo Gallery).
"""

from typing import Any

from colorizer_tf.images.orientation import upright_point, upright_sides

_AREA = "http://ns.adobe.com/xmp/sType/Area#"
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
        _turn_area(element, orientation, (across, down))
        _turn_dimensions(element, orientation)
        _turn_rectangle(element, orientation)


def _turn_area(element: Any, orientation: int, stored: tuple[float, float]) -> None:
    """A center with width and height or a diameter, in shares or, by its unit, in pixels."""
    found = {name: _value(element, _AREA, name) for name in ("x", "y", "w", "h")}
    if found["x"] is None or found["y"] is None:
        return
    unit = _value(element, _AREA, "unit") or ""
    in_pixels = unit.startswith("pixel")
    across, down = stored if in_pixels else (1.0, 1.0)
    try:
        x, y = upright_point(float(found["x"]) / across, float(found["y"]) / down, orientation)
    except ValueError:
        return
    across, down = upright_sides(across, down, orientation)
    _set_value(element, _AREA, "x", _number(x * across))
    _set_value(element, _AREA, "y", _number(y * down))
    _swap(element, _AREA, (found["w"], found["h"]), orientation)


def _turn_dimensions(element: Any, orientation: int) -> None:
    sides = _value(element, _DIMENSIONS, "w"), _value(element, _DIMENSIONS, "h")
    _swap(element, _DIMENSIONS, sides, orientation)


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


def _swap(
    element: Any, namespace: str, sides: tuple[str | None, str | None], orientation: int
) -> None:
    across, down = sides
    if across is None or down is None or upright_sides(0, 1, orientation) == (0, 1):
        return
    _set_value(element, namespace, "w", down)
    _set_value(element, namespace, "h", across)


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
