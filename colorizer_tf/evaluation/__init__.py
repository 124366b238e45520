"""Scoring colorizers on the same photos: the protocol, the measures, the entries, the reports."""
