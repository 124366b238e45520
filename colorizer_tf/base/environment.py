"""The environment of a run: versions, machine, git revision."""

import platform
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from colorizer_tf.base.version import __version__

PACKAGES = ("tensorflow", "keras", "numpy", "opencv-python-headless", "pillow")


def describe_environment() -> dict[str, Any]:
    """What `describe_host` says, and TensorFlow's devices."""
    import tensorflow as tf

    return describe_host() | {
        "devices": [device.name for device in tf.config.list_logical_devices()]
    }


def describe_host() -> dict[str, Any]:
    """Versions, platform and the command, ready for JSON."""
    return {
        "colorizer_tf": __version__,
        "git_revision": git_revision(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        **{package: version(package) for package in PACKAGES},
        "command": shlex.join(["colorizer-tf", *sys.argv[1:]]),
    }


def git_revision() -> str | None:
    """The revision this package runs from, "-dirty" if changed; None outside of a checkout."""
    folder = Path(__file__).parent
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603
        tracked = ["git", "-C", str(folder), "ls-files", "--error-unmatch", Path(__file__).name]
        subprocess.run(tracked, capture_output=True, timeout=10, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()
