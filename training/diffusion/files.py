"""Names of the files that `features` writes and `train` reads."""

FEATURES_FILE, COLORS_FILE = "features.npy", "colors.npy"
