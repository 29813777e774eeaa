"""What every resource of the two stacks must have, read from the templates that are deployed."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from chalicelib.core.settings import Settings
from chalicelib.store.tables import table_schema
from infra import gateway, package, render
from infra.paths import ROOT, TEMPLATES

Resource = dict[str, Any]
QUEUE, ALARM, FUNCTION = "AWS::SQS::Queue", "AWS::CloudWatch::Alarm", "AWS::Serverless::Function"
SERVICES = ("lambda", "apigateway", "sns", "s3", "events")
PRINCIPALS = {f"{service}.amazonaws.com" for service in SERVICES}
BATCH_SOURCES = {"SQS", "DynamoDB", "Kinesis"}

# Every "*" in a policy, with the reason why IAM needs it.
_OBJECTS = "objects get their names at run time, below a fixed prefix"
WILDCARDS = {
    "SendPictures": _OBJECTS,
    "ShowPictures": _OBJECTS,
    "TakeUploads": _OBJECTS,
    "KeepPictures": _OBJECTS,
    "ErasePictures": _OBJECTS,
    "GivePayouts": _OBJECTS,
    "SendResults": _OBJECTS,
    "TakeResults": _OBJECTS,
    "KeepPayouts": _OBJECTS,
    "ErasePayouts": _OBJECTS,
    "FindStream": "a table's streams are named by the time they were enabled",
    "WriteOwnLog": "the streams of a log group have names that Lambda invents",
    "AttachToVpc": "EC2's network interface actions know no resources before the interface exists",
    "AccountDecides": "in a key policy, * is the key itself",
}


@pytest.fixture(scope="module")
def app() -> render.Template:
    return package.describe()


@pytest.fixture(scope="module")
def data() -> render.Template:
    return render.data_template(keep=True)


def of_type(template: render.Template, kind: str) -> dict[str, Resource]:
    return {k: v["Properties"] for k, v in template["Resources"].items() if v["Type"] == kind}


def events(app: render.Template) -> Iterator[tuple[str, Resource, Resource]]:
    for name, function in of_type(app, FUNCTION).items():
        for event in function.get("Events", {}).values():
            yield name, function, event


def statements(app: render.Template) -> Iterator[tuple[str, Resource]]:
    for role, properties in of_type(app, "AWS::IAM::Role").items():
        for policy in properties["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield role, statement["Fn::If"][1] if "Fn::If" in statement else statement


def texts(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from texts(key)
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)


def test_every_queue_has_a_consumer_a_dead_letter_queue_and_an_alarm(app, data):
    queues = of_type(data, QUEUE)
    dead = {
        q["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for q in queues.values()
        if "RedrivePolicy" in q
    }
    assert dead
    # One is filled by the relay itself with what it cannot read, for a person to look at.
    resting = dead | {"RelayFailed"}
    assert {n for n, q in queues.items() if "RedrivePolicy" not in q} == resting
    consumed = {
        event["Properties"]["Queue"]["Fn::Sub"].rsplit(":", 1)[1]
        for _, _, event in events(app)
        if event["Type"] == "SQS"
    }
    assert {queues[n]["QueueName"]["Fn::Sub"] for n in queues if n not in resting} == consumed
    watched = {
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in of_type(data, ALARM).values()
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    }
    assert watched == resting


def test_a_message_stays_hidden_for_six_timeouts_of_its_consumer(app, data):
    by_name = {q["QueueName"]["Fn::Sub"]: q for q in of_type(data, QUEUE).values()}
    checked = 0
    for _, function, event in events(app):
        if event["Type"] == "SQS":
            queue = by_name[event["Properties"]["Queue"]["Fn::Sub"].rsplit(":", 1)[1]]
            assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
            checked += 1
    assert checked


def test_every_batch_source_reports_single_failures(app):
    found = [e["Properties"] for _, _, e in events(app) if e["Type"] in BATCH_SOURCES]
    found += of_type(app, "AWS::Lambda::EventSourceMapping").values()
    assert found
    for source in found:
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_every_function_has_its_name_log_and_alarm(app):
    logs = {
        log["LogGroupName"]["Fn::Sub"]: log for log in of_type(app, "AWS::Logs::LogGroup").values()
    }
    alarms = [a for a in of_type(app, ALARM).values() if a["MetricName"] == "Errors"]
    watched = {a["Dimensions"][0]["Value"]["Fn::Sub"] for a in alarms}
    for logical, function in of_type(app, FUNCTION).items():
        name = function["FunctionName"]["Fn::Sub"]
        assert logs[f"/aws/lambda/{name}"]["RetentionInDays"] == {"Ref": "LogDays"}
        assert name in watched
        assert f"{logical}Log" in app["Resources"][logical]["DependsOn"]


def test_every_alarm_tells_the_operators(app, data):
    for template, topic in ((app, {"Ref": "OpsTopicArn"}), (data, {"Ref": "Ops"})):
        for alarm in of_type(template, ALARM).values():
            assert alarm["AlarmActions"] == [topic]
            assert alarm["TreatMissingData"] == "notBreaching"


def test_no_two_alarms_have_one_name(app, data):
    names = [
        alarm["AlarmName"]["Fn::Sub"]
        for template in (app, data)
        for alarm in of_type(template, ALARM).values()
    ]
    assert sorted(set(names)) == sorted(names)


def test_files_of_payments_are_forgotten(data):
    (rules,) = [
        bucket["LifecycleConfiguration"]["Rules"]
        for bucket in of_type(data, "AWS::S3::Bucket").values()
        if "LifecycleConfiguration" in bucket
    ]
    days = {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules}
    assert days == {"incoming/": 2, "payouts/": 90, "results/": 90}
    assert {rule["NoncurrentVersionExpiration"]["NoncurrentDays"] for rule in rules} == {1}


def test_every_function_has_a_policy_file_of_its_own(app):
    config = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))
    own = config["stages"]["stage"]["lambda_functions"]
    handlers = {f["Handler"].rsplit(".", 1)[1] for f in of_type(app, FUNCTION).values()}
    assert {"api_handler" if h == "app" else h for h in handlers} == set(own)
    files = [own[name]["iam_policy_file"] for name in own]
    assert len(set(files)) == len(files)
    assert {f"{f}" for f in files} == {p.name for p in (ROOT / ".chalice").glob("policy-*.json")}
    assert config["autogen_policy"] is False


def test_no_policy_has_a_wildcard_without_a_reason(app):
    for role, statement in statements(app):
        actions, resources = (list(texts(statement[key])) for key in ("Action", "Resource"))
        where = f"{role} {statement['Sid']}"
        assert not [a for a in actions if "*" in a], where
        if any("*" in text or "?" in text for text in resources):
            assert statement["Sid"] in WILDCARDS, where


def test_a_function_writes_its_own_log_only(app):
    functions = of_type(app, FUNCTION)
    for function in functions.values():
        role = function["Role"]["Fn::GetAtt"][0]
        (log,) = [s for r, s in statements(app) if r == role and s["Sid"] == "WriteOwnLog"]
        assert log["Resource"]["Fn::Sub"].endswith(
            f"/aws/lambda/{function['FunctionName']['Fn::Sub']}:*"
        )


def test_the_api_is_regional_and_compresses(app):
    (api,) = of_type(app, "AWS::Serverless::Api").values()
    assert api["EndpointConfiguration"] == {"Type": "REGIONAL"}
    assert api["MinimumCompressionSize"] == 1024
    for domain in of_type(app, "AWS::ApiGateway::DomainName").values():
        assert domain["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def test_the_gateway_answers_with_pages(app):
    (api,) = of_type(app, "AWS::Serverless::Api").values()
    responses = api["DefinitionBody"]["x-amazon-apigateway-gateway-responses"]
    assert {"MISSING_AUTHENTICATION_TOKEN", "DEFAULT_4XX", "DEFAULT_5XX"} <= set(responses)
    assert responses["MISSING_AUTHENTICATION_TOKEN"]["statusCode"] == 404
    for response in responses.values():
        assert list(response["responseTemplates"]) == ["text/html"]
        page = response["responseTemplates"]["text/html"]
        assert page.isascii()
        assert "$" not in page
        assert "<script" not in page


def test_the_gateways_style_is_the_one_its_policy_allows():
    style = re.search(r"<style>(.*)</style>", gateway.html(gateway.PAGES[0]), re.DOTALL)
    assert style
    assert "sha256-" in gateway.headers()["Content-Security-Policy"]
    assert "\n" not in style[1]


def test_nothing_names_a_partition(app, data):
    for template in (app, data):
        for text in texts(template):
            assert "arn:aws:" not in text
            # Service principals are called the same in China.
            assert text in PRINCIPALS or "amazonaws.com" not in text


def test_no_source_of_ours_names_a_partition():
    files = [
        *TEMPLATES.glob("*"),
        *(ROOT / ".chalice").glob("*.json"),
        *(ROOT / "infra").glob("*.py"),
    ]
    for path in files:
        text = re.sub("|".join(map(re.escape, PRINCIPALS)), "", path.read_text("utf-8"))
        assert not re.search(r"arn:aws:|amazonaws\.com", text), path


def test_tables_of_years_survive_and_can_be_recovered(data):
    for name in ("Members", "Office", "Cases"):
        table = data["Resources"][name]
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
        assert table["Properties"]["DeletionProtectionEnabled"] == {"Fn::If": ["Kept", True, False]}
        recovery = table["Properties"]["PointInTimeRecoverySpecification"]
        assert recovery["PointInTimeRecoveryEnabled"] == {"Fn::If": ["Kept", True, False]}
    for table in of_type(data, "AWS::DynamoDB::Table").values():
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["SSESpecification"]["SSEEnabled"] is True
    assert (
        data["Resources"]["Moments"]["Properties"]["TimeToLiveSpecification"]["AttributeName"]
        == "expires_at"
    )


def test_tables_are_what_the_store_expects(data):
    for properties in of_type(data, "AWS::DynamoDB::Table").values():
        name = properties["TableName"]["Fn::Sub"].removeprefix("${Prefix}-")
        wanted = table_schema(name)
        assert properties["KeySchema"] == wanted["KeySchema"]
        indexes = {
            i["IndexName"]: i["KeySchema"] for i in properties.get("GlobalSecondaryIndexes", [])
        }
        assert indexes == {i["IndexName"]: i["KeySchema"] for i in wanted["GlobalSecondaryIndexes"]}
        attributes = sorted(properties["AttributeDefinitions"], key=lambda a: a["AttributeName"])
        assert attributes == wanted["AttributeDefinitions"]


def test_what_would_be_missed_is_retained(data):
    kept = {n for n, r in data["Resources"].items() if r.get("DeletionPolicy") == "Retain"}
    assert {
        "Members",
        "Office",
        "Key",
        "WechatSecret",
        "SmsSecret",
        "Artifacts",
        "Documents",
    } <= kept
    loose = render.data_template(keep=False)["Resources"].values()
    assert "Retain" not in {r.get("DeletionPolicy") for r in loose}


def test_queues_and_packages_are_encrypted_and_private(data):
    for queue in of_type(data, QUEUE).values():
        assert queue["SqsManagedSseEnabled"] is True
    for bucket in of_type(data, "AWS::S3::Bucket").values():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["BucketEncryption"]


def test_secrets_have_no_value_in_a_template(app, data):
    for secret in of_type(data, "AWS::SecretsManager::Secret").values():
        assert "SecretString" not in secret
    assert not [p for p in app["Parameters"] if re.search(r"(?i)secret(?!arn)|token|aeskey", p)]


def test_every_function_sees_the_settings_of_the_product(app):
    variables = app["Globals"]["Function"]["Environment"]["Variables"]
    assert {f.name.upper() for f in fields(Settings)} == set(variables)
    used = set(texts([v.get("Ref", "") for v in variables.values()])) - {""}
    assert used <= set(app["Parameters"])


def test_all_functions_leave_through_the_fixed_address(app):
    assert app["Globals"]["Function"]["VpcConfig"]["Fn::If"][0] == "InVpc"
    for function in of_type(app, FUNCTION).values():
        assert "VpcConfig" not in function
        role = function["Role"]["Fn::GetAtt"][0]
        assert [s for r, s in statements(app) if r == role and s["Sid"] == "AttachToVpc"]
