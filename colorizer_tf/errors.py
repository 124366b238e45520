"""What a user sees without a traceback."""


class ColorizerError(Exception):
    """A problem a user can act on: what was received, what was expected, what to run next."""

    exit_code = 1


class UsageError(ColorizerError):
    """Options that contradict each other, or a value that an option does not take."""

    exit_code = 2


class ImageError(ColorizerError):
    """A file that is not a usable picture; the message is the reason."""
