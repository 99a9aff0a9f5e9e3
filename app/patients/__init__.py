"""Who patients are, how to reach them, what they agreed to."""
