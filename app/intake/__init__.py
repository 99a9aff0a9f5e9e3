"""Published questionnaires and the responses to them."""
