"""Catalogues of what the system itself says, one folder per language, and the tool that keeps them in step."""
