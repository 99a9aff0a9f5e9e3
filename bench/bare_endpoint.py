"""The yardstick of the inbound webhook: the least an honest endpoint can do on the same server and database.

Signature, one row under a unique key, the sender's place in a list of questions, one durable commit, an answer. No
consent, no language, no sealing, no engine, no outbox. Start: `python -m bench.bare_endpoint PORT URL THREADS`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import sys

import waitress
from flask import Flask, Response, request
from sqlalchemy import BigInteger, Column, MetaData, String, Table, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.core.database import Database

TOKEN = "bench-token"
QUESTIONS = ("Your name?", "Born when?", "How many live with you?", "Any medicine?", "Thank you.")
TABLES = MetaData()
MESSAGE = Table(
    "bare_message",
    TABLES,
    Column("carrier_id", String, primary_key=True),
    Column("sender", String, index=True),
    Column("body", String),
)
PLACE = Table(
    "bare_place", TABLES, Column("sender", String, primary_key=True), Column("step", BigInteger, nullable=False)
)


def signature(address: str, fields: dict[str, str]) -> str:
    """As Twilio signs: the address, then each field's name and value in order of names."""
    signed = address + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def make_app(database: Database, address: str) -> Flask:
    app = Flask(__name__)
    TABLES.create_all(database.engine)

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    @app.post("/text")
    def text() -> Response:
        fields = request.form.to_dict()
        if not hmac.compare_digest(signature(address, fields), request.headers.get("X-Twilio-Signature", "")):
            return Response(status=403)
        try:
            return _answer(QUESTIONS[_keep(database, fields)])
        except IntegrityError:
            return _answer("")

    return app


def _keep(database: Database, fields: dict[str, str]) -> int:
    with database.turn_to_write(), database.engine.begin() as connection:
        connection.execute(
            insert(MESSAGE).values(carrier_id=fields["MessageSid"], sender=fields["From"], body=fields["Body"])
        )
        step = connection.scalar(select(PLACE.c.step).where(PLACE.c.sender == fields["From"]))
        if step is None:
            connection.execute(insert(PLACE).values(sender=fields["From"], step=0))
            return 0
        following = (step + 1) % len(QUESTIONS)
        connection.execute(update(PLACE).where(PLACE.c.sender == fields["From"]).values(step=following))
        return following


def _answer(words: str) -> Response:
    message = f"<Message>{words}</Message>" if words else ""
    return Response(f'<?xml version="1.0"?><Response>{message}</Response>', mimetype="application/xml")


if __name__ == "__main__":
    port, url, threads = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    app = make_app(Database(url), f"http://127.0.0.1:{port}/text")
    waitress.serve(app, host="127.0.0.1", port=port, threads=threads, ident=None)
