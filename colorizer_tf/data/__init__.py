"""Record sets in, shuffled and augmented `tf.data` batches of (L, ab) out."""
