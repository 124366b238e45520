"""Errors that users see without a traceback."""

import errno


class ColorizerError(Exception):
    """A problem a user can act on: what was received, what was expected, what to run next."""

    exit_code = 1


class UsageError(ColorizerError):
    """Options that contradict each other, or a value that an option does not take."""

    exit_code = 2


class ImageError(ColorizerError):
    """A file that is not a usable picture; the message is the reason."""


def is_disk_full(error: BaseException | None) -> bool:
    """Whether an error was caused by a full disk or an exceeded quota."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__
    return False


def cannot_read(path: object, error: OSError) -> ColorizerError:
    """The error to raise where a file or folder cannot be read, with the reason."""
    reason = error.strerror or type(error).__name__
    return ColorizerError(f"cannot read {path}: {reason}; are its permissions and its disk right?")


def cannot_write(path: object, error: OSError) -> ColorizerError:
    """The error to raise where a file or folder cannot be written, with reason and remedy."""
    reason = error.strerror or type(error).__name__
    help_ = "choose another place"
    if is_disk_full(error):
        help_ = "free some space there, or choose another place"
    elif error.errno == errno.ENAMETOOLONG:
        help_ = "give it a shorter name"
    return ColorizerError(f"cannot write {path}: {reason}; {help_}")
