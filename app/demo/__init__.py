"""The demo clinic: its simulated phones, its clock and its first day. Nothing here runs outside demo mode."""
