"""Rotation as Secrets Manager does it. ministack's RotateSecret copies the current value and invokes nothing; its versions
always have a value, and its PutSecretValue overwrites them.

AWS does not publish how often it runs a failed rotation again, nor when: ATTEMPTS and PAUSE_SECONDS are our own. No schedule
runs here.
"""

import contextvars
import json
import logging
import threading
import time

from ministack.core.responses import error_response_json, json_response, new_uuid
from ministack.services import lambda_svc
from ministack.services import secretsmanager as service

ATTEMPTS = 5
PAUSE_SECONDS = 2
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"
VALUES = ("SecretString", "SecretBinary")
PRINCIPALS = ("*", {"Service": "secretsmanager.amazonaws.com"})

log = logging.getLogger("rotation")
running = set()  # secrets' ARNs, with the token of the rotation
get_value, describe, put_value, rotate, handle = (
    service._get_secret_value,
    service._describe_secret,
    service._put_secret_value,
    service._rotate_secret,
    service.handle_request,
)


def invalid(message):
    return error_response_json("InvalidRequestException", message)


def named(secret, **members):
    return json_response({"ARN": secret["ARN"], "Name": secret["Name"], **members})


def value_of(version):
    return [version.get(name) for name in VALUES]


def has_value(version):
    return value_of(version) != [None, None]


# --- versions ---


def get_secret_value(data):
    response = get_value(data)
    if response[0] != 200:
        return response
    found, version_id, stage = json.loads(response[2]), data.get("VersionId"), data.get("VersionStage")
    if version_id and stage and stage not in found["VersionStages"]:
        return invalid("You provided a VersionStage that is not associated to the provided VersionId.")
    if has_value(found):
        return response
    asked = f"VersionId: {version_id}" if version_id else f"staging label: {stage or CURRENT}"
    message = f"Secrets Manager can't find the specified secret value for {asked}"
    return error_response_json("ResourceNotFoundException", message)


def put_secret_value(data):
    """A token stands for one value, and a label for one version."""
    _, secret = service._resolve(data.get("SecretId"))
    token = data.get("ClientRequestToken")
    before = secret and not secret.get("DeletedDate") and secret["Versions"].get(token)
    if before and has_value(before):
        if value_of(before) == value_of(data):
            return named(secret, VersionId=token, VersionStages=list(before["Stages"]))
        message = f"You can't use ClientRequestToken {token} because that value is already in use for a version of secret"
        return error_response_json("ResourceExistsException", f"{message} {secret['ARN']}.")
    response = put_value(data)
    if response[0] != 200:
        return response
    version_id = json.loads(response[2])["VersionId"]
    for label in [*(before["Stages"] if before else []), *data.get("VersionStages", [CURRENT])]:
        service._remove_stage_everywhere(secret, label, except_version_id=version_id)
        service._add_stage(secret, version_id, label)
    return named(secret, VersionId=version_id, VersionStages=list(secret["Versions"][version_id]["Stages"]))


def describe_secret(data):
    response = describe(data)
    _, secret = service._resolve(data.get("SecretId"))
    if response[0] != 200 or "LastRotatedDate" not in secret:
        return response
    return json_response({**json.loads(response[2]), "LastRotatedDate": secret["LastRotatedDate"]})


# --- RotateSecret and CancelRotateSecret ---


def rotate_secret(data):
    _, secret = service._resolve(data.get("SecretId"))
    if not secret or secret.get("DeletedDate") or service._is_replica(secret):
        return rotate(data)  # refuses it
    function = data.get("RotationLambdaARN") or secret.get("RotationLambdaARN")
    if not function:
        return invalid("No Lambda rotation function ARN is associated with this secret.")
    if not may_invoke(function):
        message = "Secrets Manager cannot invoke the specified Lambda function."
        advice = "Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com."
        return error_response_json("AccessDeniedException", f"{message} {advice}")
    pending, _ = service._find_stage_version(secret, PENDING)
    current, version = service._find_stage_version(secret, CURRENT)
    if pending not in (None, current):
        if secret["RotationEnabled"]:
            in_background(run_rotation, secret, pending)
        return invalid("A previous rotation isn't complete. That rotation will be reattempted.")
    rules = data.get("RotationRules") or secret.get("RotationRules")
    now = int(time.time())
    secret.update(RotationEnabled=True, RotationLambdaARN=function, RotationRules=rules, LastChangedDate=now)
    token = data.get("ClientRequestToken") or new_uuid()
    if token not in secret["Versions"]:  # else it is the same request again
        is_test = data.get("RotateImmediately") is False
        value = value_of(version) if is_test and version else [None, None]
        service._remove_stage_everywhere(secret, PENDING)
        secret["Versions"][token] = {**dict(zip(VALUES, value)), "CreatedDate": now, "Stages": [PENDING]}
        in_background(run_test if is_test else run_rotation, secret, token)
    return named(secret, VersionId=token)


def cancel_rotate_secret(data):
    _, secret = service._resolve(data.get("SecretId"))
    if not secret or secret.get("DeletedDate") or service._is_replica(secret):
        return rotate(data)  # refuses it
    secret["RotationEnabled"] = False
    pending, _ = service._find_stage_version(secret, PENDING)
    return named(secret, **({"VersionId": pending} if pending else {}))


def may_invoke(function):
    record, _, _ = lambda_svc._get_base_func_record_for_ref(function)
    statements = record["policy"]["Statement"] if record else []
    return any(statement["Principal"] in PRINCIPALS for statement in statements)


def in_background(run, secret, token):
    rotation = (secret["ARN"], token)
    if rotation in running:
        return
    running.add(rotation)

    def logged():
        try:
            run(secret, token)
        except Exception:
            log.exception("the rotation of %s ended", secret["Name"])
        finally:
            running.discard(rotation)

    # The context has the account and the region of the request.
    threading.Thread(target=contextvars.copy_context().run, args=(logged,), daemon=True).start()


def run_rotation(secret, token):
    for _ in range(ATTEMPTS):
        for step in STEPS:
            if not goes_on(secret):
                return
            if not works(step, secret, token):
                break
        else:
            secret["LastRotatedDate"] = int(time.time())
            return
        time.sleep(PAUSE_SECONDS)


def run_test(secret, token):
    try:
        works("testSecret", secret, token)
    finally:
        secret["Versions"].pop(token, None)


def goes_on(secret):
    """Unless the rotation was cancelled, or the secret was deleted."""
    is_there = service._resolve(secret["ARN"])[1] is secret and not secret.get("DeletedDate")
    return is_there and secret["RotationEnabled"]


def works(step, secret, token):
    function, config, name = lambda_svc._get_func_record_for_ref(secret["RotationLambdaARN"])
    if not function:
        log.warning("%s of %s: there is no function %s", step, secret["Name"], name)
        return False
    event = {"Step": step, "SecretId": secret["ARN"], "ClientRequestToken": token}
    record = lambda_svc._execution_record_for_config(function, config)
    result = lambda_svc._execute_function_with_config_scope(record, event)
    failed = result.get("error") or result.get("throttle")
    if failed:
        log.warning("%s of %s failed: %s", step, secret["Name"], result.get("body"))
    return not failed


async def handle_request(method, path, headers, body, query_params):
    if headers.get("x-amz-target", "").endswith(".CancelRotateSecret"):
        return cancel_rotate_secret(json.loads(body))
    return await handle(method, path, headers, body, query_params)


def install():
    service._get_secret_value = get_secret_value
    service._describe_secret = describe_secret
    service._put_secret_value = put_secret_value
    service._rotate_secret = rotate_secret
    service.handle_request = handle_request
