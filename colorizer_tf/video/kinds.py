"""Films by their first bytes, where there is no name to go by."""

from colorizer_tf.images.formats import kind_of

_EBML, _WEBM = b"\x1aE\xdf\xa3", b"webm"
_QUICKTIME = b"qt  "
_STARTS = {
    b"FLV\x01": ".flv",
    b"OggS": ".ogv",
    b"0&\xb2u\x8ef\xcf\x11": ".wmv",
    b"\0\0\x01\xba": ".mpg",
    b"\0\0\x01\xb3": ".mpg",
}
_TS_SYNC, _TS_PACKETS = 0x47, ((".ts", 188, 0), (".m2ts", 192, 4))
# How far the header of a Matroska file names its kind.
_HEADER = 64


def film_suffix(data: bytes) -> str:
    """The ending of a film, such as ".mp4", by its content; "" if it is none.

    Args:
        data: the file, or its first kilobyte.
    """
    if kind_of(data):
        # AVIF and HEIC begin as MP4 does.
        return ""
    if data[4:8] == b"ftyp":
        return ".mov" if data[8:12] == _QUICKTIME else ".mp4"
    if data[4:8] in (b"moov", b"mdat", b"wide"):
        return ".mov"
    if data.startswith(_EBML):
        return ".webm" if _WEBM in data[:_HEADER] else ".mkv"
    if data[:4] == b"RIFF" and data[8:12] == b"AVI ":
        return ".avi"
    for start, suffix in _STARTS.items():
        if data.startswith(start):
            return suffix
    for suffix, packet, first in _TS_PACKETS:
        places = data[first : first + 4 * packet : packet]
        if len(places) == 4 and set(places) == {_TS_SYNC}:
            return suffix
    return ""
