"""Many processes on one machine: web servers, workers, PostgreSQL and Redis, killed and restarted under load."""
