"""Leaving: what is still in the way of a life without the harness, and the files that take it out."""
