"""Starts moto with IAM enforced, prints its port, and ends with whoever started it. A call of the test is a line of JSON,
and so is its answer.

moto checks a request's signature and the actions of the caller's policies (`moto/iam/access_control.py`). What it lacks
for the three services that the functions call is added here: the resource that a request names, and their own error for a
refusal. This reaches into private names of moto 5.2.5, which dev/requirements/moto.txt pins.
"""

import json
import logging
import os
import sys
import threading
from uuid import uuid4

# Before moto's first import, which reads it: no request goes unchecked.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"

from moto.core.exceptions import JsonRESTError
from moto.events.models import events_backends
from moto.events.responses import EventsHandler
from moto.iam.access_control import IAMRequest
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.secretsmanager.models import secretsmanager_backends
from moto.secretsmanager.responses import SecretsManagerResponse
from moto.sqs.models import sqs_backends
from moto.sqs.responses import SQSResponse
from moto.sts.models import sts_backends
from werkzeug.serving import make_server

ACCOUNT, REGION = "123456789012", "eu-central-1"

# --- Resources: moto takes every request of these services for one of "*", which no ARN in a policy matches ---


def secret_of(self):
    return self._get_param("SecretId") or "*"


def event_bus_of(self):
    buses = {entry.get("EventBusName", "default") for entry in self._get_param("Entries") or []}
    if len(buses) != 1:
        return "*"
    bus = buses.pop()
    return bus if bus.startswith("arn:") else f"arn:aws:events:{self.region}:{self.current_account}:event-bus/{bus}"


def queue_of(self):
    return f"arn:aws:sqs:{self.region}:{self.current_account}:{self._get_param('QueueUrl').rsplit('/', 1)[-1]}"


SecretsManagerResponse._determine_resource = secret_of
EventsHandler._determine_resource = event_bus_of
SQSResponse._determine_resource = queue_of


# --- Refusals: moto answers all services' as IAM's own, a 403 of AccessDenied ---


def refuse(self):
    error = JsonRESTError(
        "AccessDeniedException",
        f"User: {self._access_key.arn} is not authorized to perform: {self._action}",
    )
    error.code = 400
    raise error


IAMRequest._raise_access_denied = refuse


# --- The test's own calls, which make what CloudFormation would, and which nothing checks ---


def create_secret(name, secret):
    made = secretsmanager_backends[ACCOUNT][REGION].create_secret(name, secret, *[None] * 5, [], False)
    return json.loads(made)["ARN"]


def deploy(name, secret):
    bus = events_backends[ACCOUNT][REGION].create_event_bus(name)
    sqs_backends[ACCOUNT][REGION].create_queue(name, {})
    oauth_secret_arn = create_secret(f"{name}-oauth", '{"clientId":"","clientSecret":""}')
    return {"secretArn": create_secret(name, secret), "oauthSecretArn": oauth_secret_arn, "busArn": bus.arn}


def rotate(secret_arn, secret):
    secretsmanager_backends[ACCOUNT][REGION].put_secret_value(secret_arn, secret, None, None, ["AWSCURRENT"])


def begin_rotation(secret_arn):
    """RotateSecret, whose version moto would give a value at once."""
    secret, version_id = secretsmanager_backends[ACCOUNT][REGION].secrets[secret_arn], str(uuid4())
    secret.rotation_requested = secret.rotation_enabled = True
    secret.versions[version_id] = {"version_id": version_id, "version_stages": ["AWSPENDING"], "createdate": 0}
    return version_id


def assume_role_with(name, statements):
    """Assumes a new role that has these statements and no others."""
    iam = iam_backends[ACCOUNT]["aws"]
    role = iam.create_role(name, "{}", "/", None, "", [], None)
    iam.put_role_policy(name, "policy", json.dumps({"Version": "2012-10-17", "Statement": statements}))
    assumed = sts_backends[ACCOUNT]["aws"].assume_role(REGION, "genesys-webhook", role.arn, None, 3600, None)
    return {
        "AWS_ACCESS_KEY_ID": assumed.access_key_id,
        "AWS_SECRET_ACCESS_KEY": assumed.secret_access_key,
        "AWS_SESSION_TOKEN": assumed.session_token,
    }


CALLS = {"deploy": deploy, "rotate": rotate, "beginRotation": begin_rotation, "assumeRoleWith": assume_role_with}

if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    # Standard input is a pipe that only the parent holds: it closes when the parent stops us, exits or is killed.
    for line in sys.stdin:
        call, *arguments = json.loads(line)
        print(json.dumps(CALLS[call](*arguments)), flush=True)
