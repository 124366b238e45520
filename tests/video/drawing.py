"""Tiny films, drawn and written with PyAV, and what PyAV reads of them."""

from fractions import Fraction

import av
import numpy as np

WIDTH, HEIGHT, FRAMES, TICKS = 64, 48, 24, 12000
SUBTITLES = "1\n00:00:00,200 --> 00:00:01,000\nGood morning\n\n"


def pattern(shift, height=HEIGHT, width=WIDTH):
    """A gray texture that has moved to the left; codes in [0, 255]."""
    y, x = np.mgrid[:height, :width]
    x = x + shift
    waves = np.sin(x / 5) * np.cos(y / 4) + 0.6 * np.sin(x / 3.1 + y / 7)
    return 127 + 75 * waves


def draw_film(
    path, *, rotation=0, varied=True, sound=True, subtitles=None, kind="yuv420p", frames=FRAMES
):
    """Frames of a moving texture, 12 a second; at uneven distances if varied."""
    with av.open(str(path), "w") as film:
        film.metadata["comment"] = "Grandmother's."
        video = film.add_stream("libx264" if "420" in kind else "ffv1", rate=12)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, kind
        video.time_base = video.codec_context.time_base = Fraction(1, TICKS)
        if rotation:
            video.set_display_rotation(rotation)
        audio = film.add_stream("aac", rate=16000) if sound else None
        text = None
        if subtitles:
            subtitles.write_text(SUBTITLES)
            source = av.open(str(subtitles))
            text = film.add_stream_from_template(source.streams.subtitles[0])
        for number in range(frames):
            gray = np.clip(pattern(2 * number), 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.dstack([gray] * 3), format="rgb24")
            frame = frame.reformat(format=kind)
            frame.pts = number * TICKS // 12 + varied * number % 3 * 180
            frame.time_base = Fraction(1, TICKS)
            film.mux(video.encode(frame))
        film.mux(video.encode(None))
        if audio:
            _sound(film, audio)
        if text:
            for packet in source.demux():
                if packet.size:
                    packet.stream = text
                    film.mux(packet)
            source.close()
    return path


def _sound(film, audio):
    for start in range(0, 32000, 1024):
        tone = np.sin(np.arange(start, start + 1024) / 9)[None].astype(np.float32)
        frame = av.AudioFrame.from_ndarray(tone, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 16000, start, Fraction(1, 16000)
        film.mux(audio.encode(frame))
    film.mux(audio.encode(None))


def frames_of(path):
    with av.open(str(path)) as film:
        return list(film.decode(video=0))


def packets_of(path, kind):
    """Time stamps and bytes of all packets of the first stream of a kind."""
    with av.open(str(path)) as film:
        stream = film.streams.get(**{kind: 0})[0]
        return [
            (packet.pts, packet.dts, bytes(packet)) for packet in film.demux(stream) if packet.size
        ]
