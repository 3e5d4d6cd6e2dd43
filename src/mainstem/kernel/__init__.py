"""Pure vocabulary shared by every layer: money, quantity, identifiers, moments, refusals."""
