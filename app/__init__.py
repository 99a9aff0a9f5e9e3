"""The server: one folder per capability, each with the same inner pattern."""
