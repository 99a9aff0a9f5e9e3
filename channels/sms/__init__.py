"""What every text message has in common, whoever carries it: segments and the words that belong to carriers."""
