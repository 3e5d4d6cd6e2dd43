"""HTTP, one file a room: parse, call, answer."""
