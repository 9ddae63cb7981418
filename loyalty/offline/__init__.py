"""What a till without a line goes by, and what it did meanwhile."""
