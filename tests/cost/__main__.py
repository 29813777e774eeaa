"""`python -m tests.cost`: measure the stories again and write infra/cost_units.json."""

import json
import sys

from chalice.test import Client
from moto import mock_aws

from infra import assets
from tests import conftest
from tests.cost.stories import Teller
from tests.fakes.cloud import make_stage


def measured() -> dict[str, dict[str, int | str]]:
    """Return the units of all stories, told in a fresh stage."""
    assert conftest, "sets the environment"
    assets.build()
    with mock_aws():
        from app import app

        stage = make_stage()
        app.world = stage.world
        with Client(app) as client:
            return Teller(stage, client).all()


if __name__ == "__main__":
    from infra.cost import UNITS

    UNITS.write_text(json.dumps(measured(), indent=2) + "\n", "utf-8")
    sys.stdout.write(f"Written: {UNITS}\n")
