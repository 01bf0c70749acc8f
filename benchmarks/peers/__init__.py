"""Peers of the benchmarks that run in environments of their own, and the programs run there."""
