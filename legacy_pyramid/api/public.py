"""Public calls, without authentication."""
