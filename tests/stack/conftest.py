"""The deployed system on the local cloud, one for the whole session."""

import pytest

from tests import stage


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> stage.Running:
    return stage.shared(stage.session_folder(tmp_path_factory.getbasetemp()))
