"""Attachments that XMP packets name besides the picture: motion videos, gain maps and the like.

An output has only the picture: pointers to such attachments are removed, and the loss is reported.
"""

import re
from typing import Any

_CAMERA = "http://ns.google.com/photos/1.0/camera/"
_CONTAINER = "http://ns.google.com/photos/1.0/container/"
_MOTION = re.compile("Mo(tion|ment)Photo|MicroVideo")

# Every property of these namespaces describes the attachment.
_KIND_OF_NAMESPACE = {
    "http://ns.adobe.com/hdr-gain-map/1.0/": "gain map",
    "http://ns.apple.com/HDRGainMap/1.0/": "gain map",
    "http://ns.google.com/photos/1.0/depthmap/": "depth map",
    "http://ns.google.com/photos/dd/1.0/device/": "depth map",
    "http://ns.google.com/photos/1.0/image/": "second picture",
    "http://ns.google.com/photos/1.0/audio/": "audio",
}
_NAMESPACES = (_CAMERA, _CONTAINER, *_KIND_OF_NAMESPACE)


def may_have_attachments(packet: bytes) -> bool:
    """Whether a packet names attachments at all."""
    return any(namespace.encode() in packet for namespace in _NAMESPACES)


def drop_attachments(root: Any) -> tuple[str, ...]:
    """Remove all that points to attachments from a packet.

    Args:
        root: the packet's root element (`xml.dom.minidom`); is changed.

    Returns:
        What they are, each once: "motion video", "gain map", "depth map", "second picture",
        "audio".
    """
    kinds: dict[str, None] = {}
    for element in [root, *root.getElementsByTagName("*")]:
        for attribute in list(element.attributes.values()):
            kind = _kind(attribute.namespaceURI, attribute.localName)
            if kind is not None:
                element.removeAttributeNode(attribute)
                kinds |= {kind: None} if attribute.value not in ("0", "") else {}
        kind = _kind(element.namespaceURI, element.localName)
        if kind is not None and element.parentNode and element is not root:
            is_off = element.firstChild is not None and element.firstChild.nodeValue == "0"
            kinds |= {} if is_off else dict.fromkeys((kind, *_items(element)))
            element.parentNode.removeChild(element)
    return tuple(kind for kind in kinds if kind)


def _kind(namespace: str | None, name: str) -> str | None:
    """The attachment that a property describes; "" if its items tell, None if it is none."""
    if namespace == _CAMERA:
        return "motion video" if _MOTION.match(name) else None
    if namespace == _CONTAINER:
        return "" if name in ("Directory", "Version") else None
    return _KIND_OF_NAMESPACE.get(namespace or "")


def _items(directory: Any) -> list[str]:
    text = directory.toxml()
    kinds = {"MotionPhoto": "motion video", "GainMap": "gain map", "Depth": "depth map"}
    return [kind for word, kind in kinds.items() if re.search(rf"Semantic(=\"|>){word}", text)]
