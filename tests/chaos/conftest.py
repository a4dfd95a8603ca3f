"""A fleet, as the tests of `tests.e2e` have it."""

from __future__ import annotations

from tests.e2e.conftest import shell
from tests.e2e.test_fleet import fleet, redis

__all__ = ["fleet", "redis", "shell"]
