"""Sealed columns: what a copied disk shows, and what a moved value does."""

from __future__ import annotations

import json
import stat
import threading

import pytest
from sqlalchemy import text

from app.core.models import Clinic
from app.core.sealed import Keyring, SealBroken, load_keyring, new_keyring, use_keyring
from app.patients.models import Patient


@pytest.fixture
def patient(database, clock):
    with database.write() as session:
        clinic = Clinic(slug="north", name="North", zone="UTC", locale="en")
        session.add(clinic)
        session.flush()
        rows = [
            Patient(clinic_id=clinic.id, locale="en", given=given, created_at=clock.now(), updated_at=clock.now())
            for given in ("Aniu", "Béatrice")
        ]
        session.add_all(rows)
    return rows


def stored(database, column="given_sealed"):
    with database.read() as session:
        return [bytes(value) for value in session.scalars(text(f"SELECT {column} FROM patient ORDER BY id"))]


def given_names(database):
    with database.read() as session:
        return [row.given for row in session.query(Patient).order_by(Patient.id)]


def test_a_sealed_value_comes_back(database, patient):
    assert given_names(database) == ["Aniu", "Béatrice"]


def test_the_disk_shows_nothing_of_it(database, patient):
    assert not any(b"Aniu" in value for value in stored(database))


def test_the_same_words_never_look_the_same(keyring):
    assert keyring.seal("oui", bound_to="a") != keyring.seal("oui", bound_to="a")


def test_none_stays_none(database, patient):
    with database.read() as session:
        assert session.get_one(Patient, patient[0].id).family is None


def test_a_value_moved_to_another_row_does_not_open(database, patient):
    first, second = patient
    with database.write() as session:
        session.execute(
            text("UPDATE patient SET given_sealed = (SELECT given_sealed FROM patient WHERE id = :a) WHERE id = :b"),
            {"a": first.id, "b": second.id},
        )
    with pytest.raises(SealBroken), database.read() as session:
        _ = session.get_one(Patient, second.id).given


def test_a_value_moved_to_another_column_does_not_open(database, patient):
    with database.write() as session:
        session.execute(text("UPDATE patient SET family_sealed = given_sealed"))
    with pytest.raises(SealBroken), database.read() as session:
        _ = session.get_one(Patient, patient[0].id).family


@pytest.mark.parametrize("position", [0, 1, 2, 3, 14, 15, -1], ids=lambda at: f"byte {at}")
def test_every_altered_byte_is_noticed(keyring, position):
    box = bytearray(keyring.seal("oui", bound_to="a"))
    box[position] ^= 1
    with pytest.raises(SealBroken):
        keyring.open(bytes(box), bound_to="a")


@pytest.mark.parametrize("value", [b"", b"\x01", b"\x01\x00\x01", b"\x01\x00\x01" + b"x" * 12])
def test_half_a_value_is_noticed(keyring, value):
    with pytest.raises(SealBroken):
        keyring.open(value, bound_to="a")


def test_another_installations_keys_open_nothing(database, patient):
    use_keyring(new_keyring())
    with pytest.raises(SealBroken):
        given_names(database)


def test_a_new_key_seals_and_the_old_one_still_opens(keyring):
    old = keyring.seal("oui", bound_to="a")
    both = Keyring({**keyring.keys, 2: b"k" * 32}, current=2, index_key=keyring.index_key)
    new = both.seal("oui", bound_to="a")
    assert both.open(old, bound_to="a") == both.open(new, bound_to="a") == "oui"
    with pytest.raises(SealBroken):
        keyring.open(new, bound_to="a")


@pytest.mark.parametrize("words", ["", "\x00", "é" * 5000, "\ud83d", "🙂"])
def test_any_words_can_be_sealed(keyring, words):
    assert keyring.open(keyring.seal(words, bound_to="a"), bound_to="a") == words


def test_the_blind_index_finds_equal_values_and_tells_purposes_apart(keyring):
    index = keyring.blind_index
    assert index("address", "+13065550155") == index("address", "+13065550155")
    assert index("address", "+13065550155") != index("name", "+13065550155")
    assert index("address", "+13065550155") != new_keyring().blind_index("address", "+13065550155")


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path):
    path = tmp_path / "home" / "keys.json"
    first = load_keyring(path)
    assert load_keyring(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_processes_that_start_at_once_use_the_same_keys(tmp_path):
    rings, threads = [], []
    for _ in range(8):
        threads.append(threading.Thread(target=lambda: rings.append(load_keyring(tmp_path / "keys.json"))))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert len(rings) == 8
    assert len({ring.index_key for ring in rings}) == 1


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"keys": {"1": "!"}}', "null", json.dumps({"keys": []})])
def test_a_broken_key_file_is_never_replaced(tmp_path, content):
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(Exception, match=r"keys?"):
        load_keyring(path)
    assert path.read_text() == content
