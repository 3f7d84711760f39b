"""Games and networks to take home."""
