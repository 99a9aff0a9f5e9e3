"""When to reach out: pathways, steps, enrolments, what is due."""
