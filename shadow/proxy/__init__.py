"""The hot path: client to serving side and back, faithfully, and one finished exchange to the recording."""
