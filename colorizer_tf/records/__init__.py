"""Photos in, record sets out: shards of 8-bit LAB squares (TFRecord), and a manifest."""
