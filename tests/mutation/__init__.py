"""The suite that proves what the comparing finds and what it leaves alone: mutations, and primary against primary."""
