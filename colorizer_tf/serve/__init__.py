"""Photos over HTTP in, colored photos out: `colorizer-tf serve`; needs the extra `web`."""
