"""Text that is safe to print."""


def printable(text: str) -> str:
    """The text as one line that a terminal shows as it is, whatever bytes a file's name holds."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
