"""The only place that knows Flask: carriers, patient pages, the desk, the API, and the shell around them."""
