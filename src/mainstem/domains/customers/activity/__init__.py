"""What records did: sums over each occasion, by day, channel, node and category."""
