"""However `make run` ends: nothing confirmed is lost, nothing keeps running."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local import cloud, up
from infra.local.children import Child
from infra.local.place import Place
from infra.session import Cloud
from tests import stage

pytestmark = pytest.mark.stack


def until(done: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)


def processes_of(folder: Path) -> list[str]:
    """Command lines of processes that were started for a stage's folder."""
    found = []
    for proc in Path("/proc").glob("[0-9]*"):
        try:
            environ = (proc / "environ").read_bytes()
            line = (proc / "cmdline").read_bytes()
        except OSError:
            continue
        if line and (f"LOCAL_DIR={folder}\0".encode() in environ or str(folder).encode() in line):
            found.append(line.replace(b"\0", b" ").decode("utf-8", "replace"))
    return found


class Emulator:
    """The local cloud alone, which a test may kill."""

    def __init__(self, folder: Path) -> None:
        self.place = Place(folder, stage.free_ports())
        self.start()

    def start(self) -> None:
        port = self.place.ports.cloud
        env = cloud.environment(port, self.place.folder)
        self.child = Child(
            "cloud", "infra.local.cloud", log=self.place.folder / "cloud.log", env=env
        )
        self.child.wait_ready(lambda: up.healthy(self.place.ports.cloud_url))
        session = Cloud(self.place.stage(), endpoint=self.place.ports.cloud_url)
        self.tables = session.client("dynamodb")

    def kill(self) -> None:
        os.kill(self.child.pid, signal.SIGKILL)
        self.child.stop()

    def put(self, key: str) -> None:
        self.tables.put_item(TableName="probe", Item={"pk": {"S": key}})

    def has(self, key: str) -> bool:
        return "Item" in self.tables.get_item(TableName="probe", Key={"pk": {"S": key}})

    def picture(self) -> Path:
        return (self.place.folder / "pictures" / "current").resolve()


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    made = Emulator(tmp_path)
    made.tables.create_table(
        TableName="probe",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield made
    made.child.stop()


def test_a_killed_cloud_keeps_what_was_written_before_its_last_picture(emulator: Emulator):
    emulator.put("kept")
    state = emulator.place.folder / "pictures"

    def saved() -> bool:
        text = state / "current" / "dynamodb.json"
        return text.exists() and b'"kept"' in text.read_bytes()

    until(saved, "the picture")
    emulator.kill()
    emulator.start()
    assert emulator.has("kept")


def test_killed_in_the_middle_of_writing_it_comes_back_whole(emulator: Emulator):
    written = 0
    for _round in range(4):
        before = emulator.picture()
        # Kill while pictures are being taken: as soon as a new one has replaced the old.
        while emulator.picture() == before:
            emulator.put(f"n{written}")
            written += 1
        emulator.kill()
        emulator.start()
        kept = [emulator.has(f"n{n}") for n in range(written)]
        # A prefix: nothing older is missing while something newer is there.
        assert kept == sorted(kept, reverse=True)
        assert any(kept)
        written = sum(kept)


def test_a_clean_stop_keeps_everything(emulator: Emulator):
    emulator.put("last")
    emulator.child.stop()
    emulator.start()
    assert emulator.has("last")


def test_without_its_supervisor_the_cloud_saves_and_leaves(tmp_path: Path):
    """`kill -9` of make run: its processes end by themselves, and what was said stays."""
    place = Place(tmp_path / "stage", stage.free_ports())
    running = stage.start(place, keeper=os.getpid())
    tables = running.cloud.client("dynamodb")
    item = {"pk": {"S": "probe"}, "sk": {"S": "x"}}
    tables.put_item(TableName="mutual-aid-local-members", Item=item)
    os.kill(running.pid, signal.SIGKILL)
    until(lambda: not processes_of(place.folder), f"an end of {processes_of(place.folder)}")

    again = stage.start(place, keeper=os.getpid())
    tables = again.cloud.client("dynamodb")
    assert "Item" in tables.get_item(TableName="mutual-aid-local-members", Key=item)
    assert "nothing to change" in (place.folder / "up.log").read_text()
    os.kill(again.pid, signal.SIGINT)
    until(lambda: not processes_of(place.folder), f"an end of {processes_of(place.folder)}")
    assert "Stopped" in (place.folder / "up.log").read_text()


def test_two_at_once_and_a_taken_port_are_refused(running: stage.Running):
    taken = running.infra("local")
    assert taken.returncode == 1
    assert f"FRONT_PORT={running.place.ports.front + 1000}" in taken.stderr
    moved = Place(running.place.folder, stage.free_ports())
    second = stage.Running(moved, 0).infra("local")
    assert second.returncode == 1
    assert "Another `make run`" in second.stderr
