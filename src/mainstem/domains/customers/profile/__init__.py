"""What is known of a customer: what his records come to, and the golden record chosen of it."""
