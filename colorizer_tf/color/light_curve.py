"""Functions of linear light by tables, as exact as float32 and much faster than powers.

Linear light in [0, 1] is counted in 16-bit steps: a table has the function's value at each step,
and between two steps it is a line.
"""

import cv2
import numpy as np

# So many steps for linear light from 0 to 1, after so many for what rounding puts below 0.
STEPS, ZERO = 65_000, 64


def light_of_steps(more: float = 0.0) -> np.ndarray:
    """Linear light of each step and a fraction more, not less than 0 and not more than 1."""
    return np.clip((np.arange(2**16) + more - ZERO) / STEPS, 0, 1)


class LightCurve:
    """A function of linear light.

    Args:
        values: at each of `light_of_steps`.
    """

    def __init__(self, values: np.ndarray) -> None:
        self._values = values.astype(np.float32)
        self._growth = np.append(np.diff(values), 0).astype(np.float32)

    def __call__(
        self,
        steps: np.ndarray,
        whole: np.ndarray | None = None,
        spare: np.ndarray | None = None,
    ) -> np.ndarray:
        """The function's values.

        Args:
            steps: linear light in steps, float32; overwritten by the result.
            whole: memory for as many uint16.
            spare: memory for as many float32.

        Returns:
            `steps`.
        """
        whole = np.empty(steps.shape, np.uint16) if whole is None else whole
        spare = np.empty(steps.shape, np.float32) if spare is None else spare
        whole[...] = steps
        # By way of floats: arithmetic of two dtypes is slow.
        spare[...] = whole
        steps -= spare
        steps *= cv2.LUT(whole, self._growth, spare)
        steps += cv2.LUT(whole, self._values, spare)
        return steps
