"""Metrics, one a file: pure functions of scores, probabilities and labels."""
