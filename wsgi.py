"""The app for a WSGI server, built from the environment: `gunicorn wsgi:app`."""

from __future__ import annotations

from app.core.collector import at_rest

with at_rest():
    from app.factory import create_app
    from app.jobs.nudge import RedisNudge
    from app.wiring import open_house

    house = open_house()
    app = create_app(house)
if house.settings.redis_url:
    house.waker.add(RedisNudge(house.settings.redis_url).start())
