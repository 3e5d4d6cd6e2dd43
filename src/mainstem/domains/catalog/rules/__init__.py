"""What the catalog decides, without database or clock."""
