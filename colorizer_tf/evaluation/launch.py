"""Runs a command from a small process: python launch.py FILE COMMAND..., its peak memory to FILE.

The kernel counts the memory of the parent into the peak of a process that it forks, and an
evaluation is large. This file, run as a script, imports almost nothing and stands between the two.
"""

import os
import sys


def main(file: str, command: list[str]) -> int:
    """Run the command, write its `ru_maxrss` to the file, and return its exit code."""
    child = os.fork()
    if not child:
        try:
            os.execvp(command[0], command)  # noqa: S606 - the user's own command
        finally:
            os._exit(127)
    _, status, usage = os.wait4(child, 0)
    with open(file, "w") as out:  # noqa: PTH123 - pathlib would be the largest of the imports
        out.write(str(usage.ru_maxrss))
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
