"""`encode_photo`: what other libraries read in the metadata that it writes."""

import io
import struct

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageCms

from colorizer_tf import __version__, images
from tests.image_files import by_pillow, by_tifffile, chunk, drawn
from tests.images.written import FORMATS, NAMES, encoded, opened, packet_of, texts

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
EXIF, GPS, MAKER_NOTE = 0x8769, 0x8825, 0x927C


@pytest.mark.parametrize("format_name", FORMATS)
def test_outputs_are_tagged_as_srgb_and_have_no_time_stamp(format_name):
    data = encoded(drawn(), format_name)
    assert data == encoded(drawn(), format_name)
    image = opened(data)
    if format_name == "png":
        assert image.info["srgb"] == 0
        return
    profile = image.info["icc_profile"]
    assert "sRGB" in ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.profile_description
    # ICC.1:2022, table 17. Pillow 12 cannot read a date in January.
    assert struct.unpack(">6H", profile[24:36]) == (2000, 1, 1, 0, 0, 0)


def photo_with_metadata(**tags):
    """A JPEG lying on its side with all that a camera and its owner write."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x9C9B] = 6, "Maker", b"t\0i\0t\0l\0e\0\0\0"
    for tag, value in tags.items():
        exif[int(tag, 16)] = value
    details = exif.get_ifd(EXIF)
    details[0x9003], details[0xA002], details[0xA003] = "2001:02:03 04:05:06", 64, 48
    details[MAKER_NOTE] = b"maker's own " * 10
    details[0xA001] = 0xFFFF
    exif.get_ifd(GPS)[1] = "N"
    exif.get_ifd(GPS)[2] = (48.0, 51.0, 30.25)
    return by_pillow(drawn(), "JPEG", quality=95, exif=exif, dpi=(300, 200))


@pytest.mark.parametrize("format_name", FORMATS)
def test_exif_is_kept_and_made_true(format_name):
    photo = images.decode_photo(photo_with_metadata())
    assert photo.pixels.shape == (64, 48, 3)
    exif = opened(encoded(photo.pixels, format_name, photo)).getexif()
    assert exif.get(0x0112, 1) == 1
    assert exif[0x010F] == "Maker"
    assert bytes(exif[0x9C9B]).startswith(b"t\0i\0t\0l\0e")
    assert exif[0x0131] == f"colorizer-tf {__version__}"
    assert (exif[0x011A], exif[0x011B], exif[0x0128]) == (200, 300, 2)
    details = exif.get_ifd(EXIF)
    assert details[0x9003] == "2001:02:03 04:05:06"
    assert (details[0xA002], details[0xA003], details[0xA001]) == (48, 64, 1)
    assert exif.get_ifd(GPS)[1] == "N"
    assert [float(each) for each in exif.get_ifd(GPS)[2]] == [48.0, 51.0, 30.25]


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_resolution_arrives(format_name):
    photo = images.decode_photo(photo_with_metadata())
    image = opened(encoded(photo.pixels, format_name, photo))
    if format_name != "webp":  # it has no place for it but EXIF
        assert np.allclose([float(each) for each in image.info["dpi"]], (200, 300), atol=0.01)
    plain = opened(encoded(drawn(), format_name, images.Photo(drawn(), None, "png")))
    assert 0x011A not in plain.getexif()


def test_maker_notes_stay_where_their_offsets_are_good():
    data = photo_with_metadata()
    photo = images.decode_photo(data)
    before = opened(data).info["exif"]
    after = opened(encoded(photo.pixels, "jpeg", photo)).info["exif"]
    place = before.index(b"maker's own")
    assert after.index(b"maker's own") == place
    assert opened(encoded(photo.pixels, "jpeg", photo)).getexif().get_ifd(EXIF)[MAKER_NOTE] == (
        b"maker's own " * 10
    )


def exif_with_thumbnail(order):
    """A block of two directories by hand: one tag, and a thumbnail behind."""
    thumbnail = by_pillow(drawn(height=16, width=16), "JPEG")
    first = struct.pack(f"{order}HHHI4sI", 1, 0x0112, 3, 1, struct.pack(f"{order}HH", 1, 0), 26)
    entries = struct.pack(f"{order}HHIIHHII", 0x0201, 4, 1, 56, 0x0202, 4, 1, len(thumbnail))
    second = struct.pack(f"{order}H", 2) + entries + b"\0\0\0\0"
    mark = b"II*\0" if order == "<" else b"MM\0*"
    block = mark + struct.pack(f"{order}I", 8) + first + second + thumbnail
    assert block[56:58] == b"\xff\xd8"
    return block, thumbnail


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("behind", [b"", b"more of the block"])
@pytest.mark.parametrize("format_name", FORMATS)
def test_the_gray_thumbnail_is_dropped(order, behind, format_name):
    block, thumbnail = exif_with_thumbnail(order)
    source = by_pillow(drawn(), "JPEG", exif=b"Exif\0\0" + block + behind, quality=95)
    assert opened(source).getexif().get_ifd(ExifTags.IFD.IFD1)[0x0201] == 56
    photo = images.decode_photo(source)
    data = encoded(photo.pixels, format_name, photo)
    assert thumbnail[20:200] not in data
    assert not opened(data).getexif().get_ifd(ExifTags.IFD.IFD1)


@pytest.mark.parametrize("format_name", FORMATS)
def test_it_is_said_that_a_model_added_the_color(format_name):
    data = encoded(drawn(), format_name)
    tree = packet_of(data)
    assert texts(tree, "Iptc4xmpExt:DigitalSourceType") == [SOURCE_TYPE]
    assert texts(tree, "Iptc4xmpExt:AISystemUsed") == ["colorizer-tf, model cnn-64"]
    assert texts(tree, "Iptc4xmpExt:AISystemVersionUsed") == [__version__]
    (sentence,) = texts(tree, "xmpMM:History//stEvt:parameters")
    assert "Color was added" in sentence
    assert "cnn-64" in sentence
    assert f"colorizer-tf {__version__}" in sentence
    assert texts(tree, "dc:description//rdf:li") == [sentence]
    assert opened(data).getexif()[0x010E] == sentence
    if format_name == "png":
        assert opened(data).text["Description"] == sentence


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_description_of_the_user_s_own_stays(format_name):
    photo = images.decode_photo(photo_with_metadata(**{"010e": "Grandmother, 1932"}))
    data = encoded(photo.pixels, format_name, photo)
    assert opened(data).getexif()[0x010E] == "Grandmother, 1932"
    assert texts(packet_of(data), "dc:description//rdf:li") == []
    assert "cnn-64" in texts(packet_of(data), "xmpMM:History//stEvt:parameters")[0]
    if format_name == "png":
        assert "Description" not in opened(data).text


NAMES_OF_MODELS = {
    'a <b> & "c"': 'a <b> & "c"',
    "two\nlines\0": "two\\x0alines\\x00",
    "déjà-vu 色": "déjà-vu 色",
    "not UTF-8: \udcff": "not UTF-8: \\udcff",
    "x" * 500: "x" * 199 + "…",
    "{braces} %s": "{braces} %s",
}


@pytest.mark.parametrize("name", NAMES_OF_MODELS)
def test_any_name_of_a_model_can_be_written(name):
    for format_name in FORMATS:
        data = encoded(drawn(), format_name, made_by=name)
        (system,) = texts(packet_of(data), "Iptc4xmpExt:AISystemUsed")
        assert system == f"colorizer-tf, model {NAMES_OF_MODELS[name]}"
        assert opened(data).getexif()[0x010E].isascii()


PACKET = f"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="{NAMES["rdf"]}">
<r:Description r:about="" xmlns:xap="{NAMES["xmp"]}" xmlns:tiff="{NAMES["tiff"]}"
 xmlns:mm="{NAMES["xmpMM"]}" xmlns:e="{NAMES["stEvt"]}" xmlns:i="{NAMES["Iptc4xmpExt"]}"
 xap:Rating="4" tiff:Orientation="6" i:DigitalSourceType="old" xap:CreatorTool="Scanner 1">
<dc:subject xmlns:dc="{NAMES["dc"]}"><r:Bag><r:li>family &amp; friends</r:li></r:Bag></dc:subject>
<tiff:ImageWidth>9999</tiff:ImageWidth>
<mm:History><r:Seq><r:li e:action="created"/></r:Seq></mm:History>
</r:Description></r:RDF></x:xmpmeta>
{" " * 2000}<?xpacket end="w"?>""".encode()


@pytest.mark.parametrize("source", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
def test_xmp_is_kept_and_added_to(source):
    if source == "PNG":
        plain = by_pillow(drawn(), "PNG")
        text = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + PACKET)
        data = plain[:33] + text + plain[33:]
    elif source == "TIFF":
        data = by_tifffile(drawn(), extratags=[(700, "B", len(PACKET), PACKET, True)])
    else:
        data = by_pillow(drawn(), source, xmp=PACKET)
    photo = images.decode_photo(data)
    for format_name in FORMATS:
        tree = packet_of(encoded(photo.pixels, format_name, photo))
        description = tree.find(".//rdf:Description", NAMES)
        assert description.get(f"{{{NAMES['xmp']}}}Rating") == "4"
        assert description.get(f"{{{NAMES['tiff']}}}Orientation") == "1"
        assert description.get(f"{{{NAMES['xmp']}}}CreatorTool") == "Scanner 1"
        assert texts(tree, "dc:subject//rdf:li") == ["family & friends"]
        assert texts(tree, "tiff:ImageWidth") == [str(photo.pixels.shape[1])]
        assert len(tree.findall(".//xmpMM:History//rdf:li", NAMES)) == 2
        assert len(tree.findall(".//xmpMM:History", NAMES)) == 1
        assert texts(tree, "Iptc4xmpExt:DigitalSourceType") == [SOURCE_TYPE]
        assert not description.get(f"{{{NAMES['Iptc4xmpExt']}}}DigitalSourceType")


BAD_PACKETS = {
    "not XML": b"<x:xmpmeta",
    "no RDF": b"<x/>",
    "entities": b'<!DOCTYPE x [<!ENTITY a "b">]><r:RDF xmlns:r="%s"/>' % NAMES["rdf"].encode(),
    "deep": b"<a>" * 20_000 + b"</a>" * 20_000,
    "binary": bytes(range(256)),
    "large": PACKET.replace(b"Scanner 1", b"x" * 2**21),
    "hidden entities": '<?xml version="1.0"?><!DOCTYPE x []><x/>'.encode("utf-16"),
}


@pytest.mark.parametrize("name", BAD_PACKETS)
def test_bad_packets_are_left_behind(name):
    photo = images.Photo(drawn(), None, "png", images.Metadata(xmp=BAD_PACKETS[name]))
    tree = packet_of(encoded(drawn(), "png", photo))
    assert texts(tree, "Iptc4xmpExt:DigitalSourceType") == [SOURCE_TYPE]


def test_what_a_jpeg_segment_cannot_hold_gives_way():
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    exif.get_ifd(EXIF)[MAKER_NOTE] = b"n" * 70_000
    packet = PACKET.replace(b"family", b"f" * 70_000)
    metadata = images.Metadata(exif=exif.tobytes()[6:], xmp=packet, iptc=b"\x1c\x02\x05" * 40_000)
    photo = images.Photo(drawn(), None, "png", metadata)
    image = opened(encoded(drawn(), "jpeg", photo))
    assert image.getexif()[0x010F] == "Maker"
    assert MAKER_NOTE not in image.getexif().get_ifd(EXIF)
    assert "photoshop" not in image.info
    assert SOURCE_TYPE.encode() in image.info["xmp"]
    whole = opened(encoded(drawn(), "png", photo))
    assert whole.getexif().get_ifd(EXIF)[MAKER_NOTE] == b"n" * 70_000
    assert b"f" * 70_000 in whole.info["xmp"]


def test_iptc_of_jpegs_is_kept_and_its_caption_is_a_description():
    iptc = b"\x1c\x02\x19\0\x06family\x1c\x02\x78\0\x05A day"
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc
    resource += b"\0" * (len(iptc) % 2)
    plain = by_pillow(drawn(), "JPEG", quality=95)
    content = b"Photoshop 3.0\0" + resource
    segment = b"\xff\xed" + struct.pack(">H", len(content) + 2) + content
    photo = images.decode_photo(plain[:20] + segment + plain[20:])
    image = opened(encoded(photo.pixels, "jpeg", photo))
    assert image.info["photoshop"][0x0404] == iptc
    assert 0x010E not in image.getexif()


@pytest.mark.parametrize("format_name", FORMATS)
def test_metadata_survives_being_colored_twice(format_name):
    first = encoded(drawn(), format_name, images.decode_photo(photo_with_metadata()))
    photo = images.decode_photo(first)
    second = encoded(photo.pixels, format_name, photo, made_by="other")
    tree = packet_of(second)
    assert texts(tree, "Iptc4xmpExt:AISystemUsed") == ["colorizer-tf, model other"]
    assert len(texts(tree, "xmpMM:History//stEvt:parameters")) == 2
    assert opened(second).getexif()[0x010F] == "Maker"
