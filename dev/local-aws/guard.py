"""Lets nobody speak to the emulator but this start's own clients.

The emulator runs whatever is uploaded to it as a function, hands out the secret, and answers any web page
(`Access-Control-Allow-Origin: *`). So a request has to come from no page, has to be addressed to the loopback address
(a page whose name was rebound to it is not), and has to carry what this start alone made up: a signature by its
credentials, or, where the webhook's listener passes a request on, its pass.
"""

import hashlib
import hmac
import http.server
import json
import os
import re
from urllib.parse import parse_qs

from ministack.core import sigv4
from ministack.services import sts

PASS_HEADER = b"x-genesys-webhook-pass"
PASSED_PATHS = ("/_aws/execute-api/", "/_ministack/health")
ACCOUNT = "000000000000"  # the access key id that the emulator gives to functions; the secret key is this start's
SHA256 = re.compile(r"[0-9a-f]{64}")


class Guard:
    """The emulator's ASGI application, for those who may."""

    def __init__(self, app, environment):
        self.app = app
        self.host = f"127.0.0.1:{environment['GATEWAY_PORT']}"
        # A proxy in front of the emulator passes on what was signed for its own host.
        self.signed_hosts = [self.host, *filter(None, environment.get("LOCAL_AWS_SIGNED_HOSTS", "").split(","))]
        secret = environment["AWS_SECRET_ACCESS_KEY"]
        self.secrets = {environment["AWS_ACCESS_KEY_ID"]: secret, ACCOUNT: secret}
        self.pass_ = environment.pop("LOCAL_AWS_PASS").encode()  # functions inherit the rest

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] != "http":
            return None  # hypercorn refuses a WebSocket that nobody accepts
        if reason := self.not_from_here(scope):
            return await refuse(send, reason)
        if self.is_passed(scope):
            headers = [(name, value) for name, value in scope["headers"] if name != PASS_HEADER]
            return await self.app({**scope, "headers": headers}, receive, send)
        headers = joined(scope["headers"])
        signature, presigned = claimed_signature(headers, scope)
        secret = signature and self.secret_of(signature.access_key_id)
        if not secret:
            return await refuse(send, "it is not signed by the credentials of this start")
        body = await read_body(receive)
        if body is None:
            return None  # the client has gone
        if reason := self.signature_failure(signature, secret, presigned, headers, scope, body):
            return await refuse(send, reason)
        return await self.app(scope, once(body, receive), send)

    def not_from_here(self, scope):
        names = [name for name, _ in scope["headers"]]
        if b"origin" in names:
            return "it comes from a web page (Origin)"
        if [value for name, value in scope["headers"] if name == b"host"] != [self.host.encode()]:
            return f"it is not addressed to {self.host} (Host)"
        if not scope["raw_path"].startswith(b"/"):
            return "its target is not a path"
        return None

    def is_passed(self, scope):
        given = [value for name, value in scope["headers"] if name == PASS_HEADER]
        is_right = len(given) == 1 and hmac.compare_digest(given[0], self.pass_)
        return is_right and scope["path"].startswith(PASSED_PATHS)

    def secret_of(self, access_key_id):
        """Of this start's credentials, or of those that one who has them got by AssumeRole, as the CDK CLI does."""
        session = sts._sessions.get(access_key_id) or {}
        return self.secrets.get(access_key_id) or session.get("SecretAccessKey")

    def signature_failure(self, signature, secret, presigned, headers, scope, body):
        query = query_of(scope)
        if presigned:
            try:
                if sigv4.presigned_request_is_expired(signature.amz_date, query["X-Amz-Expires"][0]):
                    return "it was presigned for a time that is over"
            except (KeyError, ValueError):
                return "it was presigned without a time"
        elif failure := sigv4.request_time_failure(signature):
            return failure[1]
        payload_hash = headers.get("x-amz-content-sha256", "")
        if SHA256.fullmatch(payload_hash) and hashlib.sha256(body).hexdigest() != payload_hash:
            return "its body is not the one that was signed"
        request = (secret, scope["method"], scope["raw_path"].decode("latin-1"), query)
        for host in self.signed_hosts:
            signed = {**headers, "host": host}
            if not sigv4.header_signature_failure(signature, *request, signed, body, presigned=presigned):
                return None
        return "its signature is not one of this start's credentials"


def claimed_signature(headers, scope):
    """The parts of a SigV4 signature, if there is a whole one, and whether it is in the query string."""
    is_header = headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 ")
    parts = sigv4.parse_header_signature(headers) if is_header else sigv4.parse_query_signature(query_of(scope))
    is_whole = isinstance(parts, sigv4.HeaderSignature) and parts.region_set is None
    return (parts if is_whole and "host" in parts.signed_headers.split(";") else None), not is_header


def query_of(scope):
    return parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)


def joined(pairs):
    headers = {}
    for name, value in pairs:
        key, text = name.decode("latin-1").lower(), sigv4.decode_header_value(value)
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return headers


async def read_body(receive):
    chunks = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


def once(body, receive):
    """Gives the emulator the body that was read to verify its signature."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def received():
        return messages.pop() if messages else await receive()

    return received


async def refuse(send, reason):
    message = f"this local AWS refuses the request, because {reason}; `npm start` shows the credentials"
    body = json.dumps({"__type": "UnrecognizedClientException", "message": message}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def keep_pages_from_runtime_apis():
    """Each function's Runtime API is a server of its own, whose client can not sign: at least no page reaches it."""
    handler = http.server.BaseHTTPRequestHandler
    parse = handler.parse_request

    def parse_request(self):
        if not parse(self):
            return False
        host, port = self.server.server_address[:2]
        names = [name.lower() for name in self.headers]
        is_page = any(name == "origin" or name.startswith("sec-fetch-") for name in names)
        if is_page or self.headers.get_all("host") != [f"{host}:{port}"]:
            self.send_error(403)
            return False
        return True

    handler.parse_request = parse_request


def guarded(app):
    keep_pages_from_runtime_apis()
    return Guard(app, os.environ)
