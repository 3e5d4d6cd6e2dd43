"""Members: accounts, tiers, referrals, benefits and pools."""
