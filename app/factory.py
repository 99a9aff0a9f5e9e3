"""Makes the Flask application for a house: the shell first, then every blueprint, each route guarded."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.web import BLUEPRINTS, DEMO_BLUEPRINTS
from app.web.shell.access import check_every_route
from app.web.shell.install import install_shell

if TYPE_CHECKING:
    from app.wiring import House


def create_app(house: House) -> Flask:
    """The web application. Refuses to be made when a route has no entry in the table of access."""
    app = Flask("app.web", static_folder=None, template_folder="shell/templates")
    app.extensions["farline"] = house
    install_shell(app)
    for path in (*BLUEPRINTS, *DEMO_BLUEPRINTS) if house.ground.is_demo else BLUEPRINTS:
        app.register_blueprint(import_module(path).blueprint)
    check_every_route(app)
    if house.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=house.settings.trusted_proxies, x_proto=0, x_host=0
        )
    return app
