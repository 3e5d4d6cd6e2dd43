"""One customer: how well and how fast records of the same person are put together, and segments live."""
