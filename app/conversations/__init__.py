"""One turn at a time: text, keypress or packet in, engine, effects, one commit."""
