"""The same desk as the tests of support have."""

from tests.support.conftest import desk, ground

__all__ = ["desk", "ground"]
