"""The Complete Journey as a source: one year of a US grocer's sales, and stock derived from them."""
