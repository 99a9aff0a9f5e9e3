"""Addresses that are none of ours, behind a link or at the short address: mistyped, cut, or run into the next word."""

from __future__ import annotations

from flask import Response, make_response, redirect, request, url_for
from werkzeug.exceptions import MethodNotAllowed

from app.core.errors import NotFound
from app.web.patient.blueprint import blueprint
from app.web.patient.ended import ended, renew
from app.web.patient.who import open_link


@blueprint.route("/p/<token>/", defaults={"rest": ""}, methods=["GET", "POST"])
@blueprint.route("/p/<token>/<path:rest>", methods=["GET", "POST"])
def lost(token: str, rest: str) -> Response:
    """Where the link has ended, what is said there; else that there is no such page, in the link's language."""
    if open_link(token) is None:
        return renew(token) if "again" in request.form else ended(token)
    if request.method == "POST":
        raise MethodNotAllowed(["GET"])
    if rest:
        raise NotFound
    return make_response(redirect(url_for(".page", token=token), code=303))
