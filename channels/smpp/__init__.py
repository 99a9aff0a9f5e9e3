"""SMPP: texts over a carrier account's own link, without a gateway in between."""
