"""What the web framework of the legacy application did around its views, as this port needs it."""
