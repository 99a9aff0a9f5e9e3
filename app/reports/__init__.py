"""What is late, stuck and answered; exports."""
