"""The blueprint the staff pages hang on."""

from flask import Blueprint

blueprint = Blueprint("staff", __name__, url_prefix="/staff", template_folder="templates")
