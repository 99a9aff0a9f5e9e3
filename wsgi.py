"""The app for a WSGI server, built from the environment: `gunicorn wsgi:app`."""

from __future__ import annotations

from app.factory import create_app
from app.jobs.nudge import RedisNudge
from app.wiring import open_house

house = open_house()
if house.settings.redis_url:
    house.waker.add(RedisNudge(house.settings.redis_url).start())
app = create_app(house)
