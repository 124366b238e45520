"""Features for the FID: InceptionV3 of keras.applications, its weights from a file, not the net."""

import hashlib
import threading
from pathlib import Path

import cv2
import numpy as np

from colorizer_tf.base.errors import ColorizerError

FEATURES = 2048
_SIDE = 299
WEIGHTS = Path("~/.keras/models/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5")


class Inception:
    """Pictures to features: the pooled last layer of a network trained on ImageNet.

    Args:
        weights: the file that keras.applications fetches, of InceptionV3 without its top.

    Attributes:
        md5: of the file: distances of other weights are others.

    Raises:
        ColorizerError: if it is missing or of another network.
    """

    def __init__(self, weights: Path = WEIGHTS) -> None:
        weights = weights.expanduser()
        if not weights.is_file():
            raise ColorizerError(
                f"the FID needs InceptionV3's weights and there are none at {weights}: fetch them "
                "where there is a network, with python -c 'import keras; "
                "keras.applications.InceptionV3(include_top=False)', or leave out --fid"
            )
        with weights.open("rb") as file:
            self.md5 = hashlib.file_digest(file, "md5").hexdigest()
        import keras

        try:
            self._network = keras.applications.InceptionV3(
                include_top=False, weights=str(weights), pooling="avg"
            )
        # h5py and Keras raise nearly anything over a foreign file.
        except Exception as error:
            reason = str(error).partition("\n")[0]
            raise ColorizerError(f"{weights} holds no InceptionV3 weights: {reason}") from error
        self._running = threading.Lock()

    def features(self, pictures: list[np.ndarray]) -> np.ndarray:
        """Features of uint8 sRGB pictures of any sizes, `(n, FEATURES)` float32."""
        squares = [cv2.resize(p, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) for p in pictures]
        batch = np.stack(squares).astype(np.float32) / np.float32(127.5) - 1
        with self._running:
            return np.asarray(self._network(batch, training=False))
