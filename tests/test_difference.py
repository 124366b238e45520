"""CIEDE2000 against Sharma's published pairs and scikit-image."""

import jax.numpy as jnp
