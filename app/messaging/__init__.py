"""Messages out and in, receipts, the consent gate, quiet hours, the ladder and pacing."""
