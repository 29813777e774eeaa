"""What the commands have in common: their options, and the stage that they name."""

import os

import click

from infra import stages
from infra.session import Cloud

stage = click.option(
    "--stage", "-s", "name", required=True, help="A file in infra/stages: local, dev, prod, …"
)
yes = click.option("--yes", "-y", is_flag=True, help="Do not ask before changing.")


def cloud(name: str) -> Cloud:
    """Return the cloud of a stage; `local` is where `make run` started it."""
    if name == stages.LOCAL:
        from infra.local import place

        spot = place.here()
        return Cloud(
            spot.stage(), endpoint=os.environ.get("AWS_ENDPOINT_URL", spot.ports.cloud_url)
        )
    return Cloud(stages.load(name))
