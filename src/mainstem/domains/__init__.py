"""One room each, all furnished alike; enter through a room's door only."""
