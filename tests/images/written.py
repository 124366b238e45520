"""What is written, and what other libraries read in it."""

import io
import xml.etree.ElementTree as ElementTree

import cv2
import numpy as np
import tifffile
from PIL import Image

from colorizer_tf import images

FORMATS = ("jpeg", "png", "webp", "tiff")
NAMES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "stEvt": "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
EXIF, GPS, MAKER_NOTE = 0x8769, 0x8825, 0x927C


def encoded(pixels, format_name, like=None, quality=95, made_by="cnn-64"):
    return images.encode_photo(pixels, format_name, like=like, quality=quality, made_by=made_by)


def read_elsewhere(data):
    """`(h, w, 3)` or `(h, w, 4)` as another library reads it."""
    if data[:4] in (b"II*\0", b"MM\0*"):
        return tifffile.imread(io.BytesIO(data))
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return decoded[..., [2, 1, 0, 3][: decoded.shape[2]]]


def opened(data):
    return Image.open(io.BytesIO(data))


def packet_of(data):
    """The XMP packet as a tree; it parses, so it is well formed."""
    packet = opened(data).info["xmp"]
    return ElementTree.fromstring(packet.decode("utf-8"))


def texts(tree, name):
    return [element.text for element in tree.iterfind(f".//{name}", NAMES)]
