"""Points: earned, spent, given back, expired, moved and adjusted."""
