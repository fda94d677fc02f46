"""What counts for all tests."""

from tests.scheduling import pytest_collection_modifyitems

__all__ = ["pytest_collection_modifyitems"]
