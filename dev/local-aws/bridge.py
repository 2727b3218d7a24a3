"""Starts ministack with what its CloudFormation lacks for this project's stack and its Secrets Manager lacks of rotation
(`rotation.py`), for its own clients alone (`guard.py`), and ends with whoever started it.

Both reach into private names of ministack 1.5.33, which requirements.txt pins. Once a later version has one of these
resources or operations, its part can go.
"""

import json
import os
import shutil
import signal
import sys
import threading

import rotation
from guard import guarded
from ministack import app as ministack
from ministack.core.responses import get_region
from ministack.services import apigateway, eventbridge, secretsmanager
from ministack.services.cloudformation import provisioners

handlers = provisioners._RESOURCE_HANDLERS


def end_with_parent():
    """Standard input is a pipe that only the parent holds: it closes when the parent stops us, exits or is killed."""
    sys.stdin.buffer.read()
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
    os.killpg(0, signal.SIGKILL)  # the functions' processes are in our group


# --- AWS::Events::Archive: the service has it, CloudFormation does not ---


def checked(response):
    status, _, body = response
    if status >= 400:
        raise ValueError(body.decode() if isinstance(body, bytes) else body)
    return json.loads(body)


def archive_request(name, props):
    return {
        "ArchiveName": name,
        "EventSourceArn": props["SourceArn"],
        "EventPattern": json.dumps(props.get("EventPattern", {})),
        "RetentionDays": int(props.get("RetentionDays", 0)),
        "Description": props.get("Description", ""),
    }


def create_archive(logical_id, props, stack_name):
    name = props.get("ArchiveName") or provisioners._physical_name(stack_name, logical_id, max_len=48)
    arn = checked(eventbridge._create_archive(archive_request(name, props)))["ArchiveArn"]
    return name, {"Arn": arn, "ArchiveName": name}


def update_archive(name, _old_props, props, _stack_name):
    arn = checked(eventbridge._update_archive(archive_request(name, props)))["ArchiveArn"]
    return name, {"Arn": arn, "ArchiveName": name}


def delete_archive(name, _props):
    eventbridge._delete_archive({"ArchiveName": name})


handlers["AWS::Events::Archive"] = {"create": create_archive, "update": update_archive, "delete": delete_archive}

# --- AWS::SecretsManager::Secret: Ref is the ARN on AWS, the name here ---

secret = dict(handlers["AWS::SecretsManager::Secret"])


def secret_name(arn):
    return next((name for name, record in secretsmanager._secrets.items() if record["ARN"] == arn), arn)


def create_secret(logical_id, props, stack_name):
    _, attributes = secret["create"](logical_id, props, stack_name)
    return attributes["Arn"], attributes


def update_secret(arn, old_props, new_props, stack_name, logical_id=None):
    _, attributes = secret["update"](secret_name(arn), old_props, new_props, stack_name, logical_id)
    return attributes["Arn"], attributes


def delete_secret(arn, props):
    secret["delete"](secret_name(arn), props)


handlers["AWS::SecretsManager::Secret"] |= {"create": create_secret, "update": update_secret, "delete": delete_secret}

# --- AWS::SecretsManager::RotationSchedule and ResourcePolicy: Ref is the secret's ARN ---


def schedule_rotation(_logical_id, props, _stack_name):
    request = {key: props[key] for key in ("SecretId", "RotationLambdaARN", "RotationRules") if key in props}
    is_immediate = str(props.get("RotateImmediatelyOnUpdate", True)).lower() != "false"
    arn = checked(secretsmanager._rotate_secret({**request, "RotateImmediately": is_immediate}))["ARN"]
    return arn, {"Id": arn}


def put_policy(_logical_id, props, _stack_name):
    request = {"SecretId": props["SecretId"], "ResourcePolicy": json.dumps(props["ResourcePolicy"])}
    arn = checked(secretsmanager._put_resource_policy(request))["ARN"]
    return arn, {"Id": arn}


def of_secret(create, delete):
    return {
        "create": create,
        "update": lambda arn, _old_props, props, stack_name: create(arn, props, stack_name),
        "delete": lambda arn, _props: delete({"SecretId": arn}),  # the secret may be gone
    }


handlers |= {
    "AWS::SecretsManager::RotationSchedule": of_secret(schedule_rotation, rotation.cancel_rotate_secret),
    "AWS::SecretsManager::ResourcePolicy": of_secret(put_policy, secretsmanager._delete_resource_policy),
}
for kind in ("RotationSchedule", "ResourcePolicy"):
    provisioners._REPLACING_PROPERTIES[f"AWS::SecretsManager::{kind}"] = ("SecretId",)

# --- AWS::ApiGatewayV2::Api: its endpoint is at AWS, not at a port here (the webhook's listener goes by the path alone) ---

create_local_api = handlers["AWS::ApiGatewayV2::Api"]["create"]


def create_api(logical_id, props, stack_name):
    api_id, attributes = create_local_api(logical_id, props, stack_name)
    scheme = "wss" if props.get("ProtocolType") == "WEBSOCKET" else "https"
    endpoint = f"{scheme}://{api_id}.execute-api.{get_region()}.amazonaws.com"
    apigateway._apis[api_id]["apiEndpoint"] = endpoint  # an update keeps it
    return api_id, {**attributes, "ApiEndpoint": endpoint}


handlers["AWS::ApiGatewayV2::Api"] |= {"create": create_api}

# --- AWS::CloudWatch::Alarm: one of metric math is one of its first metric here; no alarm's state is ever looked at ---

alarm_record = provisioners._cw_metric_alarm_record


def alarm_record_of(name, props):
    stats = [query["MetricStat"] for query in props.get("Metrics", []) if "MetricStat" in query]
    if not stats:
        return alarm_record(name, props)
    metric = {key: stats[0]["Metric"].get(key) for key in ("Namespace", "MetricName", "Dimensions")}
    plain = {key: value for key, value in props.items() if key != "Metrics"}
    return alarm_record(name, {**plain, **metric, "Period": stats[0]["Period"], "Statistic": stats[0]["Stat"]})


provisioners._cw_metric_alarm_record = alarm_record_of

rotation.install()
threading.Thread(target=end_with_parent, daemon=True).start()
ministack.app = guarded(ministack.app)
ministack.main()
