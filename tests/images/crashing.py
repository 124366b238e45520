"""A reader whose process ends when it meets a mark: what test_isolation runs in children."""

import os
import signal
import time

from colorizer_tf.images import reading
from colorizer_tf.images.pages import here

CRASH, HANG, EXIT = b"crash the decoder here", b"hang here", b"exit here"


def read_here(data):
    """As `reading.read_here`, unless the data holds a mark."""
    if CRASH in data:
        os.kill(os.getpid(), signal.SIGSEGV)
    if EXIT in data:
        os._exit(3)
    if HANG in data:
        time.sleep(600)
    return reading.read_here(data)


read_header_here = reading.read_header_here


def session_here(asked, data):
    """As `pages.here.session_here`, unless the data holds a mark."""
    if CRASH in data:
        os.kill(os.getpid(), signal.SIGSEGV)
    yield from here.session_here(asked, data)
