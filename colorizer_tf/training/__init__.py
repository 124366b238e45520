"""A record set and a TrainConfig in, a run folder with checkpoints and a log out."""
