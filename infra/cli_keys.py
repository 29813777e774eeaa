"""The commands of `python -m infra keys`."""

import click

from infra import options
from infra.ui import Ui


@click.group()
def keys() -> None:
    """The data keys of sealed fields."""


@keys.command("rotate")
@options.stage
@options.yes
def rotate(*, name: str, yes: bool) -> None:
    """Bring a new data key into use, in two steps with a deploy after each.

    Run it again after the first deploy. What was sealed before stays readable, look-ups stay
    the same; browsers sign in anew after the second deploy.
    """
    from infra import keyring

    cloud = options.cloud(name)
    cloud.verify()
    ui = Ui(yes=yes)
    if ui.ask(f"Take the next step of a key rotation on {cloud.stage.prefix}?"):
        ui.say(keyring.rotate(cloud))
