"""Photos and colorizers in, scores on the same photos and reports out."""
