"""Webhooks: tells other systems what happens in a cutover. Beside the mirror; nothing ever waits for a receiver."""
