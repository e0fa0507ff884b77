"""Benchmarks: how fast the live figures answer, and how fast the laboratory computes. None of them is a test."""
