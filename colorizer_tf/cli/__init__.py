"""Words of a command line in, an exit code out; one file a command, heavy imports inside `run`."""
