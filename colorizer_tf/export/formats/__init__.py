"""A network in other formats than the SavedModel, each run and compared as it is written."""
