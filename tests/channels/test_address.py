"""Phone numbers as people write them, in one form or with a reason why not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.address import Address, AddressKind, Problem, as_brought, normalise, normalise_phone


@pytest.mark.parametrize(
    "raw",
    [
        "+13065550155",
        "3065550155",
        "306-555-0155",
        "306.555.0155",
        "(306) 555-0155",
        "306 555-0155",
        "1 306 555 0155",
        "1-306-555-0155",
        " +1 (306) 555 0155 ",
        "３０６５５５０１５５",
        "٣٠٦٥٥٥٠١٥٥",
    ],
)
def test_one_number_has_one_form_however_it_is_written(raw):
    assert normalise_phone(raw) == Address("+13065550155", AddressKind.PHONE, "CA")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("911", "emergency"),
        ("+1 911", "emergency"),
        ("9-1-1", "emergency"),
        ("988", "emergency"),
        ("112", "emergency"),
        ("811", "service"),
        ("1 411", "service"),
        ("807-555", "too_short"),
        ("555-0155", "no_area_code"),
        ("+1306555015555", "too_long"),
        ("306 155 0101", "not_in_use"),
        ("000 000 0000", "not_in_use"),
        ("900 555 1234", "premium"),
        ("306-555-0101 / 306-555-0102", "several"),
        ("306-555-0101 ou 306 555 0102", "several"),
        ("306-555-0101 x22", "extension"),
        ("306 555 0101 poste 4", "extension"),
        ("see chart", "words"),
        ("unknown", "words"),
        ("call her sister at home", "words"),
        ("306 555 0101 (mom)", "words"),
        ("80080", "not_a_phone"),
        ("-", "not_a_number"),
        ("306\x005550101", "not_a_number"),
        ("3" * 200, "not_a_number"),
    ],
)
def test_what_is_no_patients_phone_says_why(raw, code):
    problem = normalise_phone(raw)
    assert isinstance(problem, Problem)
    assert problem.code == code
    assert problem.sentence


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("80080", AddressKind.SHORT_CODE),
        ("222333", AddressKind.SHORT_CODE),
        ("CLINIC", AddressKind.ALPHANUMERIC),
        ("Info-Sante", AddressKind.ALPHANUMERIC),
        ("+13065550155", AddressKind.PHONE),
    ],
)
def test_senders_that_carriers_name_are_recognised(raw, kind):
    address = normalise(raw)
    assert isinstance(address, Address)
    assert (address.value, address.kind) == (raw, kind)


def test_only_phones_may_be_answered():
    answered = [address.may_be_answered for address in map(normalise, ["80080", "CLINIC", "+13065550155"])]
    assert answered == [False, False, True]


def test_a_number_abroad_keeps_its_country():
    assert normalise_phone("+33 6 12 34 56 78") == Address("+33612345678", AddressKind.PHONE, "FR")


def test_an_address_says_nothing_of_a_time_zone():
    assert set(Address.__slots__) == {"value", "kind", "country"}


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("+13435550100", "+13435550100"),
        ("13435550100", "+13435550100"),
        ("3435550100", "+13435550100"),
        ("80080", "80080"),
        ("+80080", "80080"),
        ("+447911123456", "+447911123456"),
        ("NorthClinic", "NorthClinic"),
        ("1234", "1234"),
        ("", ""),
    ],
)
def test_what_a_carrier_brings_is_addressed_as_we_know_it(written, known):
    assert as_brought(written) == known


@pytest.mark.parametrize(
    ("written", "known"), [("447911123456", "+447911123456"), ("80080", "80080"), ("1234", "1234"), ("Bank", "Bank")]
)
def test_a_number_said_to_be_international_needs_no_plus_sign(written, known):
    assert as_brought(written, is_international=True) == known


@given(st.text())
def test_any_string_is_an_address_or_a_problem(raw):
    assert isinstance(normalise(raw), Address | Problem)


@given(st.text())
def test_the_normal_form_of_a_normal_form_is_itself(raw):
    address = normalise(raw)
    if isinstance(address, Address):
        assert normalise(address.value) == address
