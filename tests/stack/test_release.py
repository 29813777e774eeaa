"""A stage's whole life on a cloud of its own: first deploy, a failed one, the end."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from infra import destroy, package, secrets
from infra.deploy import Deploy
from infra.errors import InfraError
from infra.local import cloud, front, up
from infra.local.children import Child, listening
from infra.local.place import Place
from infra.session import Cloud
from infra.ui import Step, Ui
from tests import stage

pytestmark = pytest.mark.stack


class Life:
    """A cloud and a front door; deploys go through `Deploy` as the command does."""

    def __init__(self, folder: Path) -> None:
        self.place = Place(folder, stage.free_ports())
        ports = self.place.ports
        self.out = io.StringIO()
        self.ui = Ui(yes=True, console=Console(file=self.out, width=120))
        self.children = [
            Child(
                "cloud",
                "infra.local.cloud",
                log=folder / "cloud.log",
                env=cloud.environment(ports.cloud, folder),
            )
        ]
        self.children[0].wait_ready(lambda: up.healthy(ports.cloud_url))
        self.cloud = Cloud(self.place.stage(), endpoint=ports.cloud_url)

    def open_door(self, outputs: dict[str, str]) -> None:
        if len(self.children) == 1:
            ports = self.place.ports
            env = front.environment(ports.front, ports.cloud_url, outputs["RestAPIId"])
            log = self.place.folder / "front.log"
            self.children.append(Child("front", "infra.local.front", log=log, env=env))
            self.children[1].wait_ready(lambda: listening(ports.front))


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    made = Life(tmp_path)
    yield made
    for child in reversed(made.children):
        child.stop()


def broken(_step: Step) -> package.Package:
    """The tree's package, but one function's code was never uploaded."""
    built = package.build()
    template = built.template | {"Resources": {**built.template["Resources"]}}
    function = template["Resources"]["WechatAdmin"]
    properties = {
        **function["Properties"],
        "CodeUri": {"Bucket": {"Ref": "CodeBucket"}, "Key": "no-such.zip"},
    }
    template["Resources"]["WechatAdmin"] = {**function, "Properties": properties}
    return replace(built, template=template)


def test_from_nothing_to_nothing(life: Life):
    steps = Deploy(life.cloud, life.ui)

    # A dry run of a new stage shows both stacks and makes neither.
    steps.dry_run()
    assert "APIHandler" in life.out.getvalue()
    assert steps.stacks.describe("mutual-aid-local-data") is None

    # Without secrets the first deploy stops after the data stack and says what to do.
    with pytest.raises(InfraError, match="secrets set wechat"):
        steps.run()
    assert steps.stacks.describe("mutual-aid-local-data")
    assert steps.stacks.describe("mutual-aid-local-app") is None

    up.fill_secrets(life.cloud, life.place)
    assert not secrets.missing(life.cloud)
    first = steps.run(before_smoke=life.open_door)
    assert first.changed
    ring = _keyring(life)
    assert not steps.run(before_smoke=life.open_door).changed
    assert _keyring(life) == ring

    # A release that fails is rolled back, and the old one goes on answering.
    with pytest.raises(InfraError, match="ROLLBACK"):
        Deploy(life.cloud, life.ui, build=broken).run(before_smoke=life.open_door)
    assert not steps.run(before_smoke=life.open_door).changed

    destroy.run(life.cloud, life.ui, data=False)
    assert steps.stacks.describe("mutual-aid-local-app") is None
    assert _keyring(life) == ring
    destroy.run(life.cloud, life.ui, data=True)
    assert not life.cloud.client("dynamodb").list_tables()["TableNames"]
    assert not life.cloud.client("s3").list_buckets()["Buckets"]


def _keyring(life: Life) -> str:
    from infra import keyring

    return keyring.current(life.cloud)
