"""Appointments, sites and what the patient answered about them."""
