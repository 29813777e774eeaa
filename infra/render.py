"""From the sources in infra/templates and Chalice's output to the two templates we deploy."""

import copy
from typing import Any, Final, cast

import yaml

from infra import gateway, observability, wiring
from infra.layers import LAYERS, Layer, of_handler
from infra.paths import TEMPLATES

Template = dict[str, Any]

# What Chalice writes where .chalice/config.json names no memory; the stage decides then.
_CHALICE_MEMORY_MB: Final = 128
FUNCTION: Final = "AWS::Serverless::Function"


def data_template(*, keep: bool) -> Template:
    """Return the data stack; without `keep` nothing outlives it."""
    template = _read("data.yaml")
    template["Resources"] |= wiring.queues()
    if not keep:
        for resource in template["Resources"].values():
            for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
                if resource.get(policy) == "Retain":
                    resource[policy] = "Delete"
    return template


def merge_template() -> Template:
    """Return what `chalice package --merge-template` lays over its own output."""
    template = _read("app.yaml")
    for layer in LAYERS:
        template["Parameters"][layer.parameter] = {"Type": "String"}
        template["Resources"][layer.name] = _layer(layer)
    template["Resources"]["RestAPI"] = {
        "Properties": {
            "DefinitionBody": {"x-amazon-apigateway-gateway-responses": gateway.responses()}
        }
    }
    return template


def complete(packaged: Template) -> Template:
    """Give every function of the packaged template what all of them need alike."""
    template = copy.deepcopy(packaged)
    resources: dict[str, Any] = template["Resources"]
    functions = {
        function_name(resource["Properties"]["Handler"]): logical
        for logical, resource in resources.items()
        if resource["Type"] == FUNCTION
    }
    for name, logical in functions.items():
        _complete_function(resources[logical], logical, name)
        resources[f"{logical}Log"] = _log_group(name)
        resources[f"{logical}Errors"] = _error_alarm(name)
    for resource in resources.values():
        if resource["Type"] == "AWS::Serverless::Api":
            _open_endpoint(resource["Properties"])
    resources |= observability.resources(functions)
    return template


def function_name(handler: str) -> str:
    """Return the part of a function's name after the prefix: "app.chat_worker" → "chat-worker"."""
    attribute = handler.rsplit(".", 1)[-1]
    return "api" if attribute == "app" else attribute.replace("_", "-")


def _complete_function(function: dict[str, Any], logical: str, name: str) -> None:
    properties = function["Properties"]
    if layers := of_handler(properties["Handler"]):
        properties["Layers"] = [{"Ref": layer.name} for layer in layers]
    properties["FunctionName"] = {"Fn::Sub": f"${{Prefix}}-{name}"}
    properties["CodeUri"] = {"Bucket": {"Ref": "CodeBucket"}, "Key": {"Ref": "CodeKey"}}
    if properties["MemorySize"] == _CHALICE_MEMORY_MB:
        properties["MemorySize"] = {"Ref": "MemoryMb"}
    # The group must exist before the first line, or Lambda makes one that never expires.
    function["DependsOn"] = [f"{logical}Log"]
    for event in properties.get("Events", {}).values():
        if event["Type"] in {"SQS", "DynamoDB", "Kinesis"}:
            # Without it Lambda ignores the returned failures and deletes the whole batch.
            event["Properties"]["FunctionResponseTypes"] = ["ReportBatchItemFailures"]


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::LayerVersion",
        "Properties": {
            "LayerName": {"Fn::Sub": f"${{Prefix}}-{layer.slug}"},
            "CompatibleArchitectures": ["x86_64"],
            "Content": {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": layer.parameter}},
        },
    }


def _log_group(name: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {
            "LogGroupName": {"Fn::Sub": f"/aws/lambda/${{Prefix}}-{name}"},
            "RetentionInDays": {"Ref": "LogDays"},
        },
    }


def _error_alarm(name: str) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": {"Fn::Sub": f"${{Prefix}}-{name}-errors"},
            "AlarmDescription": f"The function {name} raised in three of five minutes.",
            "Namespace": "AWS/Lambda",
            "MetricName": "Errors",
            "Dimensions": [{"Name": "FunctionName", "Value": {"Fn::Sub": f"${{Prefix}}-{name}"}}],
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 5,
            "DatapointsToAlarm": 3,
            "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [{"Ref": "OpsTopicArn"}],
        },
    }


def _open_endpoint(properties: dict[str, Any]) -> None:
    # SAM wants a mapping; Chalice writes the bare word.
    endpoint = properties.get("EndpointConfiguration")
    if isinstance(endpoint, str):
        properties["EndpointConfiguration"] = {"Type": endpoint}


def _read(name: str) -> Template:
    return cast("Template", yaml.safe_load((TEMPLATES / name).read_text("utf-8")))
