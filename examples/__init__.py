"""Programs that show dynamongo at work."""
