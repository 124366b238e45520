"""Coordinates in metadata turn with the picture; pointers to what an output lacks go."""

import struct
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image

from colorizer_tf import images
from tests.batch.painting import color
from tests.image_files import by_pillow
from tests.images.written import FORMATS, encoded, opened, packet_of

HEIGHT, WIDTH = 40, 100
NAMES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "mwg": "http://www.metadataworkinggroup.com/schemas/regions/",
    "area": "http://ns.adobe.com/xmp/sType/Area#",
    "dim": "http://ns.adobe.com/xap/1.0/sType/Dimensions#",
    "mp": "http://ns.microsoft.com/photo/1.2/t/Region#",
    "cam": "http://ns.google.com/photos/1.0/camera/",
    "con": "http://ns.google.com/photos/1.0/container/",
    "item": "http://ns.google.com/photos/1.0/container/item/",
    "hdrgm": "http://ns.adobe.com/hdr-gain-map/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "iptc": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
DECLARED = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NAMES.items())


def packet(attributes="", content=""):
    return (
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {DECLARED}><rdf:Description rdf:about="" '
        f"{attributes}>{content}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


# The stored picture is dark but for a bright block: what its region must cover, however it turns.
LEFT, TOP, RIGHT, BOTTOM = 10, 20, 40, 32
AS_ATTRIBUTES = (
    '<mwg:Regions rdf:parseType="Resource"><mwg:AppliedToDimensions dim:w="{W}" dim:h="{H}" '
    'dim:unit="pixel"/><mwg:RegionList><rdf:Bag><rdf:li><rdf:Description mwg:Name="A">'
    '<mwg:Area area:x="{x}" area:y="{y}" area:w="{w}" area:h="{h}" area:unit="{unit}"/>'
    "</rdf:Description></rdf:li></rdf:Bag></mwg:RegionList></mwg:Regions>"
)
AS_ELEMENTS = (
    '<mwg:Regions rdf:parseType="Resource"><mwg:AppliedToDimensions rdf:parseType="Resource">'
    "<dim:w>{W}</dim:w><dim:h>{H}</dim:h></mwg:AppliedToDimensions><mwg:RegionList><rdf:Bag>"
    '<rdf:li rdf:parseType="Resource"><mwg:Area rdf:parseType="Resource"><area:x>{x}</area:x>'
    "<area:y>{y}</area:y><area:w>{w}</area:w><area:h>{h}</area:h><area:unit>{unit}</area:unit>"
    "</mwg:Area></rdf:li></rdf:Bag></mwg:RegionList></mwg:Regions>"
)


def photo_with_face(orientation, form, unit):
    pixels = np.full((HEIGHT, WIDTH, 3), 10, np.uint8)
    pixels[TOP:BOTTOM, LEFT:RIGHT] = 240
    across, down = (WIDTH, HEIGHT) if unit == "normalized" else (1, 1)
    region = form.format(
        W=WIDTH,
        H=HEIGHT,
        x=(LEFT + RIGHT) / 2 / across,
        y=(TOP + BOTTOM) / 2 / down,
        w=(RIGHT - LEFT) / across,
        h=(BOTTOM - TOP) / down,
        unit=unit,
    )
    rectangle = (LEFT / WIDTH, TOP / HEIGHT, (RIGHT - LEFT) / WIDTH, (BOTTOM - TOP) / HEIGHT)
    iptc = '<iptc:RegionBoundary iptc:rbX="{}" iptc:rbY="{}" iptc:rbW="{}" iptc:rbH="{}"/>'
    region += iptc.format(*rectangle)
    microsoft = f"<mp:Rectangle>{', '.join(map(str, rectangle))}</mp:Rectangle>"
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8769)[0x9214] = (
        (LEFT + RIGHT) // 2, (TOP + BOTTOM) // 2, RIGHT - LEFT, BOTTOM - TOP
    )  # fmt: skip
    xmp = packet(content=region + microsoft)
    return by_pillow(pixels, "WEBP", lossless=True, exif=exif, xmp=xmp)


def value(element, name):
    prefix, own = name.split(":")
    key = f"{{{NAMES[prefix]}}}{own}"
    return element.get(key) or element.findtext(key)


@pytest.mark.parametrize("unit", ["normalized", "pixel"])
@pytest.mark.parametrize("form", [AS_ATTRIBUTES, AS_ELEMENTS])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_regions_cover_the_same_face_however_the_picture_was_turned(orientation, form, unit):
    photo = images.decode_photo(photo_with_face(orientation, form, unit))
    rows, columns = np.nonzero(photo.pixels[..., 0] > 100)
    expected = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    height, width = photo.pixels.shape[:2]
    data = encoded(photo.pixels, "png", photo)
    tree = packet_of(data)
    area = tree.find(".//mwg:Area", NAMES)
    across, down = (width, height) if unit == "normalized" else (1, 1)
    x, w = (float(value(area, f"area:{name}")) * across for name in "xw")
    y, h = (float(value(area, f"area:{name}")) * down for name in "yh")
    assert np.allclose((x - w / 2, y - h / 2, x + w / 2, y + h / 2), expected, atol=0.01)
    boundary = tree.find(".//iptc:RegionBoundary", NAMES)
    left, w = (float(value(boundary, f"iptc:rb{name}")) * width for name in "XW")
    top, h = (float(value(boundary, f"iptc:rb{name}")) * height for name in "YH")
    assert np.allclose((left, top, left + w, top + h), expected, atol=0.01)
    applied = tree.find(".//mwg:AppliedToDimensions", NAMES)
    assert (value(applied, "dim:w"), value(applied, "dim:h")) == (str(width), str(height))
    left, top, w, h = (
        float(part) for part in tree.findtext(".//mp:Rectangle", "", NAMES).split(",")
    )
    covered = left * width, top * height, (left + w) * width, (top + h) * height
    assert np.allclose(covered, expected, atol=0.01)
    x, y, w, h = opened(data).getexif().get_ifd(0x8769)[0x9214]
    assert (x - w / 2, y - h / 2, x + w / 2, y + h / 2) == expected


def test_regions_that_are_no_numbers_stay():
    odd = (
        '<mwg:Area area:x="left" area:y="" area:w="1" area:h="2"/><mp:Rectangle>1, 2</mp:Rectangle>'
    )
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = images.decode_photo(
        by_pillow(np.zeros((4, 9, 3), np.uint8), "WEBP", exif=exif, xmp=packet(content=odd))
    )
    tree = packet_of(encoded(photo.pixels, "png", photo))
    assert value(tree.find(".//mwg:Area", NAMES), "area:x") == "left"
    assert tree.findtext(".//mp:Rectangle", "", NAMES) == "1, 2"


def directory(*semantics):
    items = "".join(
        f'<rdf:li rdf:parseType="Resource"><con:Item item:Semantic="{name}" item:Length="9"/>'
        "</rdf:li>"
        for name in semantics
    )
    return f"<con:Directory><rdf:Seq>{items}</rdf:Seq></con:Directory>"


ATTACHED = {
    "motion photo": (
        'cam:MotionPhoto="1" cam:MicroVideo="1" cam:MicroVideoOffset="4096"',
        directory("Primary", "MotionPhoto"),
        ("motion video",),
    ),
    "gain map": ('hdrgm:Version="1.0"', directory("Primary", "GainMap"), ("gain map",)),
    "both": (
        'cam:MotionPhoto="1" hdrgm:Version="1.0"',
        directory("Primary", "GainMap", "MotionPhoto"),
        ("motion video", "gain map"),
    ),
    "said not to be one": ('cam:MotionPhoto="0" cam:MicroVideo="0"', "", ()),
    "said not to be one by an element": ("", "<cam:MotionPhoto>0</cam:MotionPhoto>", ()),
    "by an element": ("", "<cam:MotionPhoto>1</cam:MotionPhoto>", ("motion video",)),
    "none": ("", "", ()),
}


@pytest.mark.parametrize("name", ATTACHED)
@pytest.mark.parametrize("format_name", FORMATS)
def test_pointers_to_attachments_go_and_are_told(name, format_name):
    attributes, content, expected = ATTACHED[name]
    xmp = packet(f'xmp:Rating="4" {attributes}', content)
    data = by_pillow(np.zeros((8, 8, 3), np.uint8), "JPEG", xmp=xmp) + b"video" * 99
    photo = images.decode_photo(data)
    assert set(photo.dropped) == set(expected)
    written = packet_of(encoded(photo.pixels, format_name, photo))
    text = ElementTree.tostring(written).decode()
    assert written.find(".//rdf:Description", NAMES).get(f"{{{NAMES['xmp']}}}Rating") == "4"
    for word in ("MotionPhoto", "MicroVideo", "hdr-gain-map", "Directory", "4096"):
        assert word not in text


def test_a_subject_beyond_the_picture_is_no_crash():
    block = struct.pack("<2sHIHHHIII", b"II", 42, 8, 1, 0x8769, 4, 1, 26, 0)
    block += struct.pack("<HHHIHHI", 1, 0x9214, 3, 2, 65_535, 65_535, 0)
    photo = images.Photo(
        np.zeros((4, 9, 3), np.uint8), None, "jpeg", images.Metadata(exif=block, orientation=6)
    )
    assert opened(encoded(photo.pixels, "jpeg", photo)).getexif().get_ifd(0x8769)[0x9214]


def test_a_run_notes_what_was_lost(tmp_path):
    attributes, content, _ = ATTACHED["both"]
    data = by_pillow(np.zeros((8, 8, 3), np.uint8), "JPEG", xmp=packet(attributes, content))
    (tmp_path / "photo.jpg").write_bytes(data)
    (result,) = color(str(tmp_path / "photo.jpg"), tmp_path / "out")
    assert result.note == "lost the motion video in its file; lost the gain map in its file"
