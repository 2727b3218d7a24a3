"""Starts moto with IAM enforced, prints its port, and ends with whoever started it.

moto checks a request's signature and the actions of the caller's policies (`moto/iam/access_control.py`). What it lacks
for the two services that the function calls is added here: the resource that a request names, and their own error for a
refusal. This reaches into private names of moto 5.2.5, which dev/requirements/moto.txt pins.
"""

import logging
import os
import sys
import threading

# Before moto's first import, which reads it: no request goes unchecked.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import JsonRESTError
from moto.events.responses import EventsHandler
from moto.iam.access_control import IAMRequest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.secretsmanager.responses import SecretsManagerResponse
from werkzeug.serving import make_server

# --- The test's own calls, which make what CloudFormation would: told by their access key, and not checked ---

check = ActionAuthenticatorMixin._authenticate_and_authorize_normal_action


def check_all_but_the_tests_own(self, resource="*"):
    if self.access_key != os.environ["UNCHECKED_ACCESS_KEY"]:
        check(self, resource)


ActionAuthenticatorMixin._authenticate_and_authorize_normal_action = check_all_but_the_tests_own


# --- Resources: moto takes every request of these services for one of "*", which no ARN in a policy matches ---


def secret_of(self):
    return self._get_param("SecretId") or "*"


def event_bus_of(self):
    buses = {entry.get("EventBusName", "default") for entry in self._get_param("Entries") or []}
    if len(buses) != 1:
        return "*"
    bus = buses.pop()
    return bus if bus.startswith("arn:") else f"arn:aws:events:{self.region}:{self.current_account}:event-bus/{bus}"


SecretsManagerResponse._determine_resource = secret_of
EventsHandler._determine_resource = event_bus_of


# --- Refusals: moto answers all services' as IAM's own, a 403 of AccessDenied ---


def refuse(self):
    error = JsonRESTError(
        "AccessDeniedException",
        f"User: {self._access_key.arn} is not authorized to perform: {self._action}",
    )
    error.code = 400
    raise error


IAMRequest._raise_access_denied = refuse


def end_with_parent():
    """Standard input is a pipe that only the parent holds: it closes when the parent stops us, exits or is killed."""
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    print(server.server_port, flush=True)
    server.serve_forever()
