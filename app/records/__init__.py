"""The clinical record: pull, file, conflicts."""
