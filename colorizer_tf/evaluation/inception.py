"""The FID: Fréchet distance of InceptionV3 features, with weights from a file."""

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from colorizer_tf.base.errors import ColorizerError
from colorizer_tf.evaluation.frechet import Moments, frechet_distance

FEATURES = 2048
WEIGHTS = Path("~/.keras/models/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5")
_SIDE = 299
# Photos whose features are in memory at a time.
_BLOCK = 256


class Inception:
    """The pooled last layer of InceptionV3, trained on ImageNet.

    Args:
        weights: the file of `keras.applications.InceptionV3(include_top=False)`.

    Attributes:
        md5: of the file; distances with other weights are not comparable.

    Raises:
        ColorizerError: if the file is missing or of another network.
    """

    def __init__(self, weights: Path = WEIGHTS) -> None:
        weights = weights.expanduser()
        if not weights.is_file():
            raise ColorizerError(
                f"the FID needs InceptionV3's weights, found none at {weights}: on a machine with "
                "a network, run python -c 'import keras; "
                "keras.applications.InceptionV3(include_top=False)', or leave out --fid"
            )
        with weights.open("rb") as file:
            self.md5 = hashlib.file_digest(file, "md5").hexdigest()
        import keras

        try:
            self._network = keras.applications.InceptionV3(
                include_top=False, weights=str(weights), pooling="avg"
            )
        # h5py and Keras raise almost anything for a file of another kind.
        except Exception as error:
            reason = str(error).partition("\n")[0]
            raise ColorizerError(f"{weights} has no InceptionV3 weights: {reason}") from error
        self._running = threading.Lock()

    def features(self, pictures: list[np.ndarray]) -> np.ndarray:
        """Features of uint8 sRGB pictures of any sizes, `(n, FEATURES)` float32."""
        squares = [cv2.resize(p, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA) for p in pictures]
        batch = np.stack(squares).astype(np.float32) / np.float32(127.5) - 1
        with self._running:
            return np.asarray(self._network(batch, training=False))


class FeatureFiles:
    """Features of all photos, in a file for each entry: a thousand photos take 8 MB.

    Args:
        folder: for the files.
        names: of the entries and "truth".
    """

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self._paths = {name: folder / f"features-{n}" for n, name in enumerate(names)}
        for path in self._paths.values():
            path.touch()

    def write(self, index: int, features: dict[str, np.ndarray]) -> None:
        """Keep the features of photo number `index`; zeros for entries without a picture of it."""
        for name, path in self._paths.items():
            values = features.get(name, np.zeros(FEATURES)).astype(np.float32)
            with path.open("r+b") as file:
                file.seek(index * values.nbytes)
                file.write(values.tobytes())

    def fid(self, name: str, truth: str, photos: list[int]) -> float:
        """The FID of an entry over the photos with these indices."""
        return frechet_distance(self._moments(truth, photos), self._moments(name, photos))

    def _moments(self, name: str, photos: list[int]) -> Moments:
        features = np.memmap(self._paths[name], np.float32, "r").reshape(-1, FEATURES)
        moments = Moments.none(FEATURES)
        for start in range(0, len(photos), _BLOCK):
            moments.add(features[photos[start : start + _BLOCK]])
        return moments
