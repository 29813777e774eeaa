"""The commands of `python -m infra`."""

import os
import sys
from pathlib import Path

import click

from infra import options
from infra.cli_keys import keys
from infra.cli_plan import plan
from infra.errors import InfraError
from infra.ui import Ui

_EPILOG = """
\b
Exit codes: 0 done · 1 refused or failed (nothing half done) · 2 wrong usage.
Credentials come from the usual AWS places (AWS_PROFILE, environment, SSO).
Stage `local` is the cloud that `make run` starts on this machine.
"""


class _Group(click.Group):
    """Turns refusals into one message and exit code 1."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except InfraError as error:
            click.secho(f"✗ {error}", fg="red", err=True)
            ctx.exit(1)


@click.group(cls=_Group, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Deploy and run 广西职工互助.

    Every command that changes something shows first what it will change, and asks.
    """


main.add_command(keys)
main.add_command(plan)


@main.command()
@options.stage
@click.option("--dry-run", is_flag=True, help="Show what would change, change nothing.")
@options.yes
def deploy(*, name: str, dry_run: bool, yes: bool) -> None:
    """Bring a stage to what this tree describes.

    Assets → data stack → package → key of sealed fields → app stack → smoke test. Stacks
    change through change sets, shown before they run and rolled back when they fail.
    Deploying the same tree twice changes nothing, and says so.
    """
    from infra.deploy import Deploy

    steps = Deploy(options.cloud(name), Ui(yes=yes))
    if dry_run:
        steps.dry_run()
    else:
        steps.run()


@main.command()
@options.stage
def status(name: str) -> None:
    """Show stacks, queues, secrets and alarms; exit code 1 when something is wrong."""
    from infra.status import show

    if not show(options.cloud(name), Ui()):
        sys.exit(1)


@main.command()
@options.stage
@click.option("--days", type=click.IntRange(1, 400), default=30, show_default=True)
def retention(*, name: str, days: int) -> None:
    """Show what was removed because it was kept long enough, and what falls due; change nothing.

    Counts only. The job runs every night by itself (decision 0043).
    """
    from chalicelib.core.clock import SystemClock, beijing_date
    from chalicelib.store.retention import Retention
    from chalicelib.store.tables import Database
    from infra.retention import show

    cloud = options.cloud(name)
    book = Retention(Database(cloud.client("dynamodb"), cloud.stage.prefix))
    show(book, Ui(), today=beijing_date(SystemClock().now()), days=days)


@main.command()
@options.stage
@click.option("--data", is_flag=True, help="Members, bindings and keys as well (not where kept).")
@options.yes
def destroy(*, name: str, data: bool, yes: bool) -> None:
    """Remove the functions and the API of a stage; with --data everything.

    A stage whose settings say keep.data = true never loses its data through this command.
    """
    from infra.destroy import run

    run(options.cloud(name), Ui(yes=yes), data=data)


@main.command()
@click.option("--fresh", is_flag=True, help="Forget the state of earlier runs first.")
def local(*, fresh: bool) -> None:
    """Run everything on this machine, until Ctrl-C (what `make run` calls).

    Local cloud, the real deploy, simulators of WeChat and SMS, demo roster, menu. Ports are
    loopback only: FRONT_PORT (8000), PHONE_PORT (8080), CLOUD_PORT (4566) move them.
    """
    from infra.local import place, up

    up.run(place.here(), Ui(), fresh=fresh or os.environ.get("FRESH") == "1")


@main.group()
def menu() -> None:
    """The menu of the official account."""


@menu.command("show")
@options.stage
def menu_show(name: str) -> None:
    """Show how WeChat's menu differs from this tree's."""
    from infra import menu as room

    cloud = options.cloud(name)
    _diff(room.differences(room.current(cloud), room.desired(cloud)))


@menu.command("push")
@options.stage
@options.yes
def menu_push(*, name: str, yes: bool) -> None:
    """Replace WeChat's menu by this tree's, after showing the difference."""
    from infra import menu as room

    cloud = options.cloud(name)
    wanted = room.desired(cloud)
    lines = room.differences(room.current(cloud), wanted)
    _diff(lines)
    if lines:
        Ui(yes=yes).confirm(f"Push this menu to {cloud.stage.wechat.app_id}?")
        room.push(cloud, wanted)
        click.echo("Pushed. Phones show it within a day, or at once after following again.")


@main.group()
def secrets() -> None:
    """Secrets of a stage, in Secrets Manager."""


@secrets.command("set")
@click.argument("kind", type=click.Choice(["wechat", "sms"]))
@options.stage
def secrets_set(kind: str, name: str) -> None:
    """Ask for the secrets of WECHAT or SMS and store them; nothing is shown or logged.

    From a script: pipe one value a line. Containers that run keep the old ones as long as
    they live, hours perhaps: OPERATING.md says how to replace them at once.
    """
    from infra import secrets as room

    cloud = options.cloud(name)
    cloud.verify()
    values = room.ask(kind, _hidden if sys.stdin.isatty() else _piped)
    room.write(cloud, kind, values)
    click.echo(f"Stored {', '.join(values)} for {cloud.stage.prefix}.")


@main.group()
def queues() -> None:
    """What waits, what failed, and sending it again."""


@queues.command("show")
@options.stage
def queues_show(name: str) -> None:
    """Show how much waits and how much failed; exit code 1 when something has failed."""
    from infra import queues as room

    if not room.show(options.cloud(name), Ui()):
        sys.exit(1)


@queues.command("redrive")
@click.argument("queue")
@options.stage
@click.option("--dry-run", is_flag=True, help="Show how many, move nothing.")
@options.yes
def queues_redrive(*, queue: str, name: str, dry_run: bool, yes: bool) -> None:
    """Send what failed in QUEUE (inbox, sms, template, relay, …) there again, once mended."""
    from infra import queues as room

    cloud = options.cloud(name)
    cloud.verify()
    room.redrive(cloud, Ui(yes=yes), queue, dry_run=dry_run)


@queues.command("resend")
@options.stage
@click.option("--gave-up", is_flag=True, help="Messages that a provider refused as well.")
@click.option("--dry-run", is_flag=True, help="Show them, send nothing.")
@options.yes
def queues_resend(*, name: str, gave_up: bool, dry_run: bool, yes: bool) -> None:
    """Send messages again of which nobody knows whether they were sent."""
    from chalicelib.core.clock import SystemClock
    from infra import queues as room

    cloud = options.cloud(name)
    cloud.verify()
    room.resend(cloud, Ui(yes=yes), SystemClock(), gave_up=gave_up, dry_run=dry_run)


@main.command()
@options.stage
@click.option("--json", "as_json", is_flag=True, help="One JSON object for scripts.")
def doctor(*, name: str, as_json: bool) -> None:
    """Examine every case: history, state, locks, what was told, payments, and the statistics.

    Reads the whole cases table with your own credentials and changes nothing; counters of
    money only where they may use the stage's key. Exit code 1 on findings.
    """
    from chalicelib.core.clock import SystemClock
    from infra import doctor as room

    cloud = options.cloud(name)
    cloud.verify()
    if not room.command(cloud, Ui(), SystemClock(), as_json=as_json):
        sys.exit(1)


@main.command()
@click.option("--members", type=click.IntRange(min=0), required=True, help="On the roster.")
@click.option("--cases", type=click.IntRange(min=0), required=True, help="补助 a month, all paid.")
@click.option("--region", default="cn-northwest-1", show_default=True, help="Or us-east-1.")
def cost(*, members: int, cases: int, region: str) -> None:
    """Work out what a month costs, per service: measured units × list prices.

    Prints every assumption with it. Needs no account and asks nobody.
    """
    from infra import cost as room

    if region not in room.regions():
        raise click.BadParameter(
            f"there are prices for {', '.join(room.regions())}", param_hint="--region"
        )
    room.show(Ui(), members=members, cases=cases, region=region)


@main.group()
def roster() -> None:
    """The roster of insured employees."""


@roster.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.stage
@click.option("--dry-run", is_flag=True, help="Check every row, write nothing.")
@options.yes
def roster_import(*, file: Path, name: str, dry_run: bool, yes: bool) -> None:
    """Import employees and enrolments from FILE (xlsx or csv).

    Good rows land; refused ones go to FILE.rejected.csv with row, column and reason (exit
    code 1). Importing the same file again changes nothing.
    """
    from infra.roster import import_command

    import_command(options.cloud(name), file, dry_run=dry_run, yes=yes)


@main.group()
def staff() -> None:
    """Accounts of the review console."""


@staff.command("add")
@click.argument("account")
@options.stage
@click.option("--name", "person", required=True, help="The person's name.")
@click.option("--role", "roles", multiple=True, required=True, help="May be repeated.")
@click.option("--prefecture", "prefectures", multiple=True, help="来宾市, …, or 全区 for all.")
@click.option("--member", default="", help="Their own employee record: nobody decides their own.")
@options.yes
def staff_add(
    *,
    account: str,
    name: str,
    person: str,
    roles: tuple[str, ...],
    prefectures: tuple[str, ...],
    member: str,
    yes: bool,
) -> None:
    """Open ACCOUNT with a temporary password, shown once and good for 72 hours.

    Roles: first_reviewer, second_reviewer, senior_reviewer (beside second_reviewer, for
    large amounts), finance, editor, admin, auditor.
    """
    from infra import staff as room

    wanted = room.Person(account, person, roles, prefectures, member)
    _show_once(account, room.add(room.connect(options.cloud(name), Ui(yes=yes)), wanted))


@staff.command("disable")
@click.argument("account")
@options.stage
@options.yes
def staff_disable(*, account: str, name: str, yes: bool) -> None:
    """End ACCOUNT and its sessions at once."""
    from infra import staff as room

    room.disable(room.connect(options.cloud(name), Ui(yes=yes)), account)
    click.echo(f"{account} is disabled.")


@staff.command("reset-totp")
@click.argument("account")
@options.stage
@options.yes
def staff_reset_totp(*, account: str, name: str, yes: bool) -> None:
    """Forget password and authenticator of ACCOUNT; it begins again with a temporary password.

    For a lost phone or a forgotten password. Make sure that you speak to the person.
    """
    from infra import staff as room

    _show_once(account, room.reset_totp(room.connect(options.cloud(name), Ui(yes=yes)), account))


@staff.command("list")
@options.stage
def staff_list(name: str) -> None:
    """Show all accounts."""
    from infra import staff as room

    ui = Ui()
    ui.console.print(room.listed(room.connect(options.cloud(name), ui)))


def _show_once(account: str, password: str) -> None:
    click.echo(f"Temporary password of {account}, shown only now and good for 72 hours:")
    click.echo(f"  {password}")


def _diff(lines: list[str]) -> None:
    if not lines:
        click.echo("WeChat shows this menu already.")
    for line in lines:
        colour = {"+": "green", "-": "red"}.get(line[:1])
        click.secho(line, fg=colour)


def _hidden(question: str) -> str:
    return str(click.prompt(question, hide_input=True, default="", show_default=False))


def _piped(_question: str) -> str:
    return sys.stdin.readline()
