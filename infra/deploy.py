"""A stage from the current tree: data stack, package, key, app stack, smoke test."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from infra import keyring, package, render, secrets, smoke
from infra.errors import InfraError
from infra.session import Cloud, error_code
from infra.stacks import Change, Plan, Stacks
from infra.ui import Step, Ui

Outputs = dict[str, str]

# What the app stack takes over from the data stack under the same name.
_FROM_DATA: Final = (
    "KeyArn",
    "WechatSecretArn",
    "SmsSecretArn",
    "OpsTopicArn",
    "EventsTopicArn",
    "CasesStreamArn",
    "DocumentsBucket",
)


@dataclass(frozen=True, slots=True)
class Result:
    """What a deploy left behind."""

    changed: bool
    outputs: Outputs


class Deploy:
    """Runs the steps in order; each says what it will do before it does it."""

    def __init__(
        self, cloud: Cloud, ui: Ui, *, build: Callable[[Step], package.Package] | None = None
    ) -> None:
        """`build` replaces the packaging of this tree (tests deploy a small one)."""
        self.cloud = cloud
        self.stage = cloud.stage
        self.ui = ui
        self.build = build or _build
        self.bucket = ""
        self.stacks = Stacks(cloud, upload=self._upload_template)

    def run(
        self,
        *,
        before_app: Callable[[], None] = lambda: None,
        before_smoke: Callable[[Outputs], None] = lambda _: None,
    ) -> Result:
        """Deploy and prove it; raises InfraError with the way out when a step is refused.

        `before_app` may fill the secrets in, `before_smoke` opens a door to the API.
        """
        self.ui.say(f"[bold]{self.stage.prefix}[/bold] as {self.cloud.verify()}")
        built = self._package()
        data_changed, data = self._data()
        self.bucket = data["ArtifactsBucket"]
        before_app()
        self._refuse_missing_secrets()
        app_changed, outputs = self._app(built, data)
        before_smoke(outputs)
        with self.ui.step(f"Smoke test of {self.stage.base_url}") as step:
            step.note = smoke.run(self.stage, secrets.read(self.cloud, "wechat") or {})
        changed = data_changed or app_changed
        if not changed:
            self.ui.say("Nothing changed: the stage is what this tree describes.")
        return Result(changed, outputs)

    def dry_run(self) -> None:
        """Show what `run` would do, and leave nothing behind."""
        self.ui.say(f"[bold]{self.stage.prefix}[/bold] as {self.cloud.verify()}")
        built = self._package()
        data = self.stacks.outputs(self.stage.data_stack)
        self._preview(self.stage.data_stack, *self._data_request())
        if not data:
            self.ui.plan(_everything(self.stage.app_stack, built.template))
        else:
            self.bucket = data["ArtifactsBucket"]
            parameters = self._app_parameters(built, data, keyring.current(self.cloud))
            self._preview(self.stage.app_stack, built.template, parameters)
            missing = secrets.missing(self.cloud)
            if missing:
                self.ui.say(f"Before the app stack: secrets set {' / '.join(missing)}")
        self.ui.say("Dry run: nothing was changed.")

    def _package(self) -> package.Package:
        with self.ui.step("Package") as step:
            built = self.build(step)
            step.note = f"{built.megabytes}, {'new' if built.fresh else 'unchanged'}"
        return built

    def _data_request(self) -> tuple[render.Template, Outputs]:
        keep = self.stage.keep.data
        parameters = {
            "Stage": self.stage.name,
            "Prefix": self.stage.prefix,
            "Keep": "true" if keep else "false",
            "BaseUrl": self.stage.base_url,
            "OpsEmail": self.stage.ops_email,
        }
        return render.data_template(keep=keep), parameters

    def _data(self) -> tuple[bool, Outputs]:
        return self._apply(self.stage.data_stack, *self._data_request())

    def _app(self, built: package.Package, data: Outputs) -> tuple[bool, Outputs]:
        for upload in built.uploads:
            self._upload(upload)
        with self.ui.step("Key of sealed fields") as step:
            ring = keyring.ensure(self.cloud)
            sealing = ring.rpartition(",")[2].partition(":")[0]
            step.note = f"version {sealing} seals, wrapped by KMS"
        parameters = self._app_parameters(built, data, ring)
        return self._apply(self.stage.app_stack, built.template, parameters)

    def _apply(
        self, stack: str, template: render.Template, parameters: Outputs
    ) -> tuple[bool, Outputs]:
        plan = self.stacks.plan(stack, template, parameters)
        self.ui.plan(plan)
        if plan.ready:
            self._confirm(plan)
            with self.ui.step(f"Deploy {stack}") as step:
                outputs = self.stacks.execute(
                    plan, watch=lambda name, state: step.detail(f"{name} {state}")
                )
                step.note = f"{len(plan.changes)} changes"
            return True, outputs
        return False, self.stacks.outputs(stack)

    def _confirm(self, plan: Plan) -> None:
        try:
            self.ui.confirm(f"Apply these {len(plan.changes)} changes to {plan.stack}?")
        except InfraError:
            self.stacks.discard(plan)
            raise

    def _preview(self, stack: str, template: render.Template, parameters: Outputs) -> None:
        plan = self.stacks.plan(stack, template, parameters)
        self.ui.plan(plan)
        if plan.ready:
            self.stacks.discard(plan)

    def _refuse_missing_secrets(self) -> None:
        missing = secrets.missing(self.cloud)
        if missing:
            name = self.stage.name
            lines = [f"  python -m infra secrets set {kind} --stage {name}" for kind in missing]
            raise InfraError(
                "The data stack is ready, but the product cannot work without its secrets:\n"
                + "\n".join(lines)
                + f"\nThen repeat: python -m infra deploy --stage {name}"
            )

    def _upload(self, upload: package.Upload) -> None:
        s3 = self.cloud.client("s3")
        try:
            found = s3.head_object(Bucket=self.bucket, Key=upload.key)["ContentLength"]
        except ClientError as error:
            if error_code(error) not in {"404", "NoSuchKey", "NotFound"}:
                raise
            found = 0
        # A shorter one is what an interrupted upload may leave in the local cloud.
        if found != upload.size:
            with self.ui.step(f"Upload {upload.zip.name}") as step:
                s3.upload_file(str(upload.zip), self.bucket, upload.key)
                step.note = upload.key[:12]

    def _upload_template(self, text: str) -> str:
        s3 = self.cloud.client("s3")
        key = f"templates/{hashlib.sha256(text.encode()).hexdigest()}.json"
        s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode())
        return f"{s3.meta.endpoint_url}/{self.bucket}/{key}"

    def _app_parameters(self, built: package.Package, data: Outputs, ring: str) -> Outputs:
        stage = self.stage
        domain = stage.domain
        return {
            "Stage": stage.name,
            "Prefix": stage.prefix,
            "CodeBucket": self.bucket,
            "CodeKey": built.code.key,
            **{name: layer.key for name, layer in built.layers.items()},
            "BaseUrl": stage.base_url,
            "Keyring": ring,
            **{name: data[name] for name in _FROM_DATA},
            "DocumentsOrigin": self.cloud.endpoint or f"https://{data['DocumentsDomain']}",
            "WechatAppId": stage.wechat.app_id,
            "DomainFiles": json.dumps(stage.wechat.domain_files),
            "WechatApiUrl": stage.wechat.api_url,
            "WechatOpenUrl": stage.wechat.open_url,
            "WechatCaseTemplate": stage.wechat.case_template,
            "SmsProvider": stage.sms.provider,
            "SmsAppId": stage.sms.app_id,
            "SmsSignName": stage.sms.sign_name,
            "SmsCodeTemplate": stage.sms.code_template,
            "SmsCaseTemplate": stage.sms.case_template,
            "SmsRegion": stage.sms.region,
            "SmsApiUrl": stage.sms.api_url,
            "FrameAncestors": stage.frame_ancestors,
            "OrgName": stage.org_name,
            "OrgContact": stage.org_contact,
            "MemoryMb": str(stage.function.memory_mb),
            "LogDays": str(stage.keep.log_days),
            "SubnetIds": ",".join(stage.network.subnet_ids),
            "SecurityGroupIds": ",".join(stage.network.security_group_ids),
            "DomainName": domain.name if domain else "",
            "CertificateArn": domain.certificate_arn if domain else "",
        }


def _build(step: Step) -> package.Package:
    step.detail("stylesheets and scripts")
    package.assets()
    return package.build(say=step.detail)


def _everything(stack: str, template: dict[str, Any]) -> Plan:
    """Return the plan of a first deploy, whose change set needs a data stack to exist."""
    resources = template["Resources"].items()
    changes = tuple(Change("Add", k, v["Type"], replacement=False) for k, v in resources)
    return Plan(stack, creates=True, ready=True, changes=changes)
