"""What a server refuses for its own limits."""

from colorizer_tf.base.errors import ColorizerError, ImageError


class BusyError(ColorizerError):
    """The server has reached a limit on concurrent requests or on storage."""


class TooLargeError(ImageError):
    """A file or image over the server's limits."""
