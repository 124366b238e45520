"""A run folder in, a SavedModel out, with the same network in other formats beside it."""
