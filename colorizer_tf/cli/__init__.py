"""The command line: `main` dispatches, one file a command, heavy imports inside of `run`."""
