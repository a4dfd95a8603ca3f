"""Evaluation: what engines answered against what is right. Rows stream to a file; figures are sums of bounded size."""
