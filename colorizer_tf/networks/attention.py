"""Self-attention over all positions of feature maps (Vaswani et al. 2017; Wang et al. 2018)."""

from typing import Any

import keras
from keras import layers, ops

HEAD_CHANNELS = 32


@keras.saving.register_keras_serializable("colorizer_tf")
class SelfAttention(layers.Layer):
    """What each position of `(n, h, w, c)` reads from all others, before it is added to the map.

    Departures from the paper: no positions are told, as convolutions with padding know them.
    """

    def build(self, shape: Any) -> None:
        channels = int(shape[-1])
        most = max(1, channels // HEAD_CHANNELS)
        self.heads = max(heads for heads in range(1, most + 1) if channels % heads == 0)
        self.normalization = layers.LayerNormalization(dtype=self.dtype_policy)
        self.reader = layers.Conv2D(3 * channels, 1, use_bias=False, dtype=self.dtype_policy)
        self.writer = layers.Conv2D(
            channels, 1, kernel_initializer="zeros", dtype=self.dtype_policy
        )
        self.normalization.build(shape)
        self.reader.build(shape)
        self.writer.build(shape)

    def call(self, x: Any) -> Any:
        n, height, width, channels = ops.shape(x)
        read = self.reader(self.normalization(x))
        each = (n, height * width, 3, self.heads, channels // self.heads)
        query, key, value = ops.unstack(ops.reshape(read, each), 3, axis=2)
        likeness = ops.einsum("nqhc,nkhc->nhqk", query, key) * (channels // self.heads) ** -0.5
        likeness = ops.cast(likeness, "float32")
        # Keras's softmax warns of maps of a single position.
        likeness = ops.exp(likeness - ops.logsumexp(likeness, axis=-1, keepdims=True))
        found = ops.einsum("nhqk,nkhc->nqhc", ops.cast(likeness, value.dtype), value)
        return self.writer(ops.reshape(found, (n, height, width, channels)))

    def compute_output_shape(self, shape: Any) -> Any:
        return shape
