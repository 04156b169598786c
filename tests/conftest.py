"""What happens before any test."""

import pytest


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile once, before the workers of a whole run begin; who runs a few tests compiles what they need."""
    config = session.config
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.getoption("keyword")
    if whole and config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        from tests import ahead

        ahead.compiled()
