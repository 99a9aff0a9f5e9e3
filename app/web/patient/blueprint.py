"""The blueprint patients' pages hang on."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("patient", __name__, template_folder="templates")
