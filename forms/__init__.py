"""What to ask, what an answer means, what comes next. Pure: standard library only, no input or output."""
