"""What is computed over many rows at once: reads what it is given, answers with proposals and figures."""
