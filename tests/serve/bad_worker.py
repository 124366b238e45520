"""Stands in for the process that colors films: it crashes, or takes very long."""

import json
import os
import sys
import time

if __name__ == "__main__":
    order = json.loads(sys.stdin.buffer.readline())
    if order["strength"] == 0:
        os.abort()
    sys.stdout.write(json.dumps({"done": 1, "expected": 9}) + "\n")
    sys.stdout.flush()
    time.sleep(60)
