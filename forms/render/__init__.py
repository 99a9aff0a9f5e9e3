"""From turns to words, keys and pages. A renderer changes the form of a prompt, never its meaning."""
