"""A TrainConfig in, a compiled Keras model with its losses and metrics out."""
