"""The tests. The tree mirrors the code; architecture/, trips/, crash/ and browser/ look at the whole."""
