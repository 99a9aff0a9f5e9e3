"""The only place that knows Flask: carriers, patient pages, the desk, the API, and the shell around them."""

# Folders whose `blueprint` the factory registers, in this order.
BLUEPRINTS = (
    "app.web.shell",
    "app.web.staff",
    "app.web.desk",
    "app.web.carriers",
    "app.web.patient",
)
DEMO_BLUEPRINTS = ("app.web.simulator",)  # they exist in demo mode only
