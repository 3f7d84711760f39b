"""The form of a new test."""
