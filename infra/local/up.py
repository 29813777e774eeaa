"""`make run`: everything on one machine, in order, until Ctrl-C."""

import fcntl
import importlib.util
import os
import shutil
import signal
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any, Final

from infra import secrets
from infra.deploy import Deploy, Outputs
from infra.errors import InfraError
from infra.local import cloud, front
from infra.local.children import Child, free, listening
from infra.local.guard import alive
from infra.local.place import Place, Ports, variable
from infra.session import Cloud
from infra.ui import Ui

_PYTHON: Final = (3, 11)
_NEEDED: Final = ("ministack", "hypercorn", "aiohttp", "samtranslator", "chalice", "boto3")
_LOOK_SECONDS: Final = 0.3


class Stop(Exception):
    """Ctrl-C, SIGTERM, or the end of the `make` that started us."""


def check(ports: Ports) -> None:
    """Refuse early what would fail late; raises InfraError with the way out."""
    if sys.version_info < _PYTHON:
        found = ".".join(map(str, sys.version_info[:2]))
        raise InfraError(f"Python 3.11 or newer is needed, this is {found}.")
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InfraError(
            f"Not installed: {', '.join(missing)}. `make run` installs everything; by hand: "
            "pip install -r requirements-dev.txt"
        )
    for name, port in asdict(ports).items():
        if not free(port):
            raise InfraError(
                f"Port {port} is taken by another program. Stop it, or choose another port: "
                f"make run {variable(name)}={port + 1000}"
            )


def run(place: Place, ui: Ui, *, fresh: bool) -> None:
    """Start everything and stay until told to stop; nothing is left running afterwards."""
    started = time.monotonic()
    check(place.ports)
    try:
        with _one_at_a_time(place), _stoppable(), ExitStack() as stack:
            if fresh:
                _forget(place)
            children = _start(place, ui, stack)
            seconds = time.monotonic() - started
            _addresses(place, ui, seconds)
            _stay(children)
    except Stop:
        ui.say("Stopped. Everything is saved; `make run` goes on from here.")


def _start(place: Place, ui: Ui, stack: ExitStack) -> list[Child]:
    children: list[Child] = []

    def child(name: str, module: str, env: dict[str, str]) -> Child:
        made = Child(name, module, log=place.folder / "log" / f"{name}.log", env=env)
        stack.callback(made.stop)
        children.append(made)
        return made

    ports = place.ports
    # The simulators need nothing from AWS and start beside the cloud.
    sims = child("simulators", "infra.local.simulators", _simulator_env(place))
    with ui.step("Local cloud") as step:
        emulator = child("cloud", "infra.local.cloud", cloud.environment(ports.cloud, place.folder))
        emulator.wait_ready(lambda: healthy(ports.cloud_url))
        step.note = f"{ports.cloud_url}, IAM enforced"
    session = Cloud(place.stage(), endpoint=ports.cloud_url)

    def open_door(outputs: Outputs) -> None:
        env = front.environment(ports.front, ports.cloud_url, outputs["RestAPIId"])
        child("front", "infra.local.front", env).wait_ready(lambda: listening(ports.front))

    Deploy(session, Ui(yes=True, brief=True, console=ui.console)).run(
        before_app=lambda: fill_secrets(session, place), before_smoke=open_door
    )
    with ui.step("Simulators of WeChat and SMS") as step:
        sims.wait_ready(lambda: listening(ports.phone))
        step.note = ports.phone_url
    _people_and_menu(session, ui, place)
    return children


def fill_secrets(session: Cloud, place: Place) -> None:
    """Give the stage the secrets that the simulators know."""
    for kind in secrets.KINDS:
        wanted = place.secret(kind)
        if secrets.read(session, kind) != wanted:
            secrets.write(session, kind, wanted)


def healthy(url: str) -> bool:
    """Tell whether the local cloud answers."""
    try:
        with urllib.request.urlopen(f"{url}/_ministack/health", timeout=2) as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200)
    except OSError:
        return False


def _people_and_menu(session: Cloud, ui: Ui, place: Place) -> None:
    from infra import demo, menu, plan_book, staff
    from infra.demo import content

    with ui.step("Demo plan") as step:
        step.note = plan_book.seed(session, ui)
    with ui.step("Demo roster") as step:
        step.note = demo.seed(session)
    with ui.step("Demo staff") as step:
        office = staff.connect(session, Ui(yes=True, console=ui.console))
        staff.demo(office, place.folder, local=True)
        step.note = f"{len(staff.DEMO)} accounts, shown on the phone page"
    with ui.step("Demo articles") as step:
        step.note = content.seed(session)
    with ui.step("Menu of the official account") as step:
        wanted = menu.desired(session)
        changed = bool(menu.differences(menu.current(session), wanted))
        if changed:
            menu.push(session, wanted)
        step.note = "pushed" if changed else "unchanged"


def _simulator_env(place: Place) -> dict[str, str]:
    return {
        "PHONE_PORT": str(place.ports.phone),
        "FRONT_URL": place.ports.front_url,
        "LOCAL_DIR": str(place.folder),
    }


def _addresses(place: Place, ui: Ui, seconds: float) -> None:
    ports = place.ports
    ui.say("")
    ui.say(f"[bold green]Ready[/bold green] after {seconds:.0f} s")
    ui.say(f"  Phone with WeChat, SMS inbox   [bold]{ports.phone_url}[/bold]")
    ui.say(f"  Bank, for payment files        {ports.phone_url}/bank")
    ui.say(f"  The product itself             {ports.front_url}")
    ui.say(f"  Staff console                  {ports.front_url}/staff")
    ui.say(f"  Local cloud (AWS_ENDPOINT_URL) {ports.cloud_url}")
    ui.say(f"  Logs                           {place.folder / 'log'}")
    ui.say("Ctrl-C stops everything; the state stays (FRESH=1 forgets it).")


def _stay(children: list[Child]) -> None:
    while True:
        for child in children:
            if not child.running:
                raise InfraError(
                    f"{child.name} stopped by itself. The end of {child.log}:\n{child.tail()}"
                )
        time.sleep(_LOOK_SECONDS)


def _forget(place: Place) -> None:
    for path in place.folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


@contextmanager
def _one_at_a_time(place: Place) -> Iterator[None]:
    place.folder.mkdir(parents=True, exist_ok=True)
    with (place.folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InfraError(
                f"Another `make run` is using {Path(place.folder).name}. Stop it first (Ctrl-C)."
            ) from error
        yield


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turn signals, and the death of `make`, into Stop."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        # Once is enough: a second Ctrl-C must not interrupt the stopping.
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise Stop

    before: dict[int, Any] = {number: signal.signal(number, leave) for number in _SIGNALS}
    keeper = _keeper()
    if keeper:
        threading.Thread(target=_follow, args=(keeper,), daemon=True).start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _keeper() -> int | None:
    """Return whose end is ours as well: KEEPER_PID, or the `make` that started us."""
    if "KEEPER_PID" in os.environ:
        return int(os.environ["KEEPER_PID"])
    return os.getppid() if "MAKELEVEL" in os.environ else None


def _follow(keeper: int) -> None:
    """Stop when the keeper is gone: its `kill -9` tells us nothing."""
    while alive(keeper):
        time.sleep(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
