"""Who gave how much."""
