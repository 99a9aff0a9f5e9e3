"""Tickets, queues and deadlines: when a patient needs a person."""
