"""Photos to record sets: shards of 8-bit LAB squares (TFRecord), and a manifest beside them."""
