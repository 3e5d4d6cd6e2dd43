"""What may be used so often: uses, items and money of promotions, and uses of coupons, counted on the ledger."""
