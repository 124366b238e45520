"""Tasks in, results out: the same functions mapped over other machines."""
