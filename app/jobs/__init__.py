"""The runners that wake the work and the clock tick. They take ids and are a few lines each."""
