"""Real parts for the tests to lie on: database servers, Redis, a browser. Found, started, and ended with the tests."""
