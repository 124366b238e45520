"""`colorizer-tf serve`: a page and an HTTP API that colour photos; needs the extra `web`."""
