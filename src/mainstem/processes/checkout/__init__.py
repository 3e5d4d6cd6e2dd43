"""One price, one decision: baskets are quoted, quotes are held, and checkouts become orders in one transaction."""
