"""Taking a stage away: the app at any time, the data only where the stage does not keep it."""

from botocore.exceptions import ClientError

from infra.errors import InfraError
from infra.session import Cloud, error_code
from infra.stacks import Stacks
from infra.ui import Ui


def run(cloud: Cloud, ui: Ui, *, data: bool) -> None:
    """Delete the app stack, with `data` the data stack as well, after asking.

    Raises InfraError where data is kept for years: that is for a person with the console.
    """
    cloud.verify()
    stage = cloud.stage
    if data and stage.keep.data:
        raise InfraError(
            f"Stage {stage.name} keeps its data (keep.data = true): nothing was changed. "
            "`destroy` without --data removes functions and API only."
        )
    stacks = Stacks(cloud)
    names = [stage.app_stack, *([stage.data_stack] if data else [])]
    there = [name for name in names if stacks.describe(name)]
    if not there:
        ui.say("Nothing to remove.")
        return
    for name in there:
        ui.say(f"[red]-[/red] {name}")
    if data:
        ui.say(
            "[red]All members, bindings, keys and secrets of this stage are lost for good.[/red]"
        )
    ui.confirm(f"Remove {' and '.join(there)}?")
    for name in there:
        if name == stage.data_stack:
            outputs = stacks.outputs(name)
            for bucket in ("ArtifactsBucket", "DocumentsBucket"):
                _empty(cloud, outputs.get(bucket, ""))
        with ui.step(f"Delete {name}") as step:
            stacks.delete(name, watch=lambda resource, state: step.detail(f"{resource} {state}"))


def _empty(cloud: Cloud, bucket: str) -> None:
    """Remove every version of everything: CloudFormation deletes empty buckets only."""
    if not bucket:
        return
    s3 = cloud.client("s3")
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            keys = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]
            if keys:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})
    except ClientError as error:
        if error_code(error) != "NoSuchBucket":
            raise
