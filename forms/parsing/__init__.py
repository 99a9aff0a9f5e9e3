"""Reads an answer the way a person gives it: a value, a question back, or not understood. Never a guess."""
