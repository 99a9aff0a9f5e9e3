"""The runners and the tick."""
