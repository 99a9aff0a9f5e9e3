"""docs/carriers.md names every kind of carrier and every setting, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from channels import kannel, smpp
from channels.registry import KINDS
from channels.twilio import account

PAGE = (Path(__file__).parents[2] / "docs" / "carriers.md").read_text()
SETTINGS = {
    "twilio": account.KNOWN,
    "kannel": kannel.KNOWN,
    "smpp": smpp.KNOWN,
    "modem": {"spool", "number"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_row(kind):
    assert f"| `{kind}` |" in PAGE


@pytest.mark.parametrize("kind", SETTINGS)
def test_every_setting_of_a_kind_is_on_its_part_of_the_page(kind):
    part = re.search(rf"\[carriers\.{kind}\].*?(?=\n## )", PAGE, re.DOTALL).group()
    named = set(re.findall(r"`(\w+)`", part)) | set(re.findall(r"^(?:# )?(\w+) = ", part, re.MULTILINE))
    assert named >= set(SETTINGS[kind])


@pytest.mark.parametrize("kind", SETTINGS)
def test_every_setting_in_a_sample_is_one_the_carrier_knows(kind):
    sample = re.search(rf"\[carriers\.{kind}\](.*?)```", PAGE, re.DOTALL).group(1)
    assert set(re.findall(r"^(?:# )?(\w+) = ", sample, re.MULTILINE)) <= set(SETTINGS[kind])
