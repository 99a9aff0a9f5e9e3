"""Settings: what may be said, where it wins, and the one sentence for what cannot be used."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, make_home, read_settings, with_overrides


def settings_from(home: Path, **environ: str):
    return read_settings({"FARLINE_HOME": str(home), **environ})


def test_defaults_are_one_process_on_this_machine(tmp_path: Path):
    settings = settings_from(tmp_path)

    assert settings.database == f"sqlite:///{tmp_path}/farline.db"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.redis_url == ""
    assert not settings.demo


def test_environment_wins_over_the_file(tmp_path: Path):
    (tmp_path / "farline.toml").write_text('port = 9000\nthreads = 3\n[carriers.text]\nkind = "simulator"\n')

    settings = settings_from(tmp_path, FARLINE_PORT="9100")

    assert (settings.port, settings.threads) == (9100, 3)
    assert settings.carriers == {"text": {"kind": "simulator"}}


def test_command_line_wins_over_both_and_is_checked(tmp_path: Path):
    settings = settings_from(tmp_path, FARLINE_PORT="9100")

    assert with_overrides(settings, port=9200, host=None).port == 9200
    with pytest.raises(SettingsError, match="FARLINE_PORT"):
        with_overrides(settings, port=0)


def test_an_empty_variable_says_nothing(tmp_path: Path):
    assert settings_from(tmp_path, FARLINE_REDIS_URL="", FARLINE_PORT="").port == 8000


def test_demo_start_keeps_its_zone(tmp_path: Path):
    settings = settings_from(tmp_path, FARLINE_DEMO_START="2026-12-03T08:00:00-05:00")

    assert settings.demo_start.astimezone(UTC) == datetime(2026, 12, 3, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("FARLINE_PORT", "eight", "FARLINE_PORT is 'eight': it must be a whole number."),
        ("FARLINE_PORT", "70000", "FARLINE_PORT must be between 1 and 65535."),
        ("FARLINE_DEMO", "maybe", "FARLINE_DEMO is 'maybe': it must be true or false."),
        ("FARLINE_POLL_S", "0", "FARLINE_POLL_S must be between 0.05 and 60."),
        ("FARLINE_LOG_LEVEL", "LOUD", "FARLINE_LOG_LEVEL is 'LOUD': it must be one of"),
        ("FARLINE_PUBLIC_URL", "clinic.example", "FARLINE_PUBLIC_URL must be an address like https://clinic.example."),
        ("FARLINE_PUBLIC_URL", "http://[::1", "FARLINE_PUBLIC_URL must be an address like https://clinic.example."),
        (
            "FARLINE_PUBLIC_URL",
            "https://user:secret@clinic.example",
            "FARLINE_PUBLIC_URL must be an address like https://clinic.example.",
        ),
        (
            "FARLINE_PUBLIC_URL",
            "https://x:99999999",
            "FARLINE_PUBLIC_URL must be an address like https://clinic.example.",
        ),
        ("FARLINE_CARRIERS", "twilio", "Carriers stand in farline.toml only, one [carriers.NAME] table each"),
        ("FARLINE_REDIS_URL", "http://[", "FARLINE_REDIS_URL must start with redis://"),
        ("FARLINE_DATABASE_URL", "sqlite:/x", "FARLINE_DATABASE_URL must start with sqlite:///"),
        ("FARLINE_DATABASE_URL", "postgresql+nope://x", "FARLINE_DATABASE_URL must start with sqlite:///"),
        ("FARLINE_REDIS_URL", "localhost:6379", "FARLINE_REDIS_URL must start with redis://"),
        ("FARLINE_DATABASE_URL", "mysql://x/y", "FARLINE_DATABASE_URL must start with sqlite:///"),
        ("FARLINE_DEMO_START", "2026-12-01T09:00:00", "FARLINE_DEMO_START is '2026-12-01T09:00:00': it must be a date"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(tmp_path: Path, name: str, value: str, sentence: str):
    with pytest.raises(SettingsError) as raised:
        settings_from(tmp_path, **{name: value})

    assert str(raised.value).startswith(sentence)
    assert "\n" not in str(raised.value)


def test_an_unknown_setting_in_the_file_is_named(tmp_path: Path):
    (tmp_path / "farline.toml").write_text("prot = 9000\n")

    with pytest.raises(SettingsError, match="a setting nobody knows: prot"):
        settings_from(tmp_path)


def test_a_broken_file_is_named(tmp_path: Path):
    (tmp_path / "farline.toml").write_text("port = \n")

    with pytest.raises(SettingsError, match="not valid TOML"):
        settings_from(tmp_path)


def test_a_file_asked_for_must_exist(tmp_path: Path):
    with pytest.raises(SettingsError, match="does not exist"):
        settings_from(tmp_path, FARLINE_CONFIG=str(tmp_path / "no.toml"))


@pytest.mark.parametrize("written", ["carriers = 3\n", "[carriers]\nsimulator = 1\n"])
def test_carriers_that_are_no_tables_are_named(tmp_path: Path, written: str):
    (tmp_path / "farline.toml").write_text(written)

    with pytest.raises(SettingsError, match=r"one \[carriers\.NAME\] table each"):
        settings_from(tmp_path)


def test_a_home_that_cannot_be_made_is_one_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingsError, match=r"FARLINE_HOME is .*file/home, which cannot be made: "):
        make_home(Settings(home=tmp_path / "file" / "home"))
