"""Pure decisions of the stock: no I/O, no clock, no randomness."""
