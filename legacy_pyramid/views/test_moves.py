"""What people do to a test: change, stop, approve, purge, delete."""
