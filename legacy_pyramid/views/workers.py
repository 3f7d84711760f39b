"""Machines that are kept out."""
