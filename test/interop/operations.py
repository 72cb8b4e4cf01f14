"""Which of AWS's operations the local cloud answers, asked of itself: what it does not have it says so of."""

import atexit
import base64
import hashlib
import http.client
import json
import os
import pathlib
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree

import botocore.serialize
import botocore.session

import answers
import samples

# A service has a folder of botocore's name: what is added there is found here.
FOLDER = pathlib.Path(__file__).parents[2] / "src" / "local" / "services"
# MLflow's server is none of AWS's: its own client is what holds it to its API.
SERVICES = sorted(path.name for path in FOLDER.iterdir() if path.name != "mlflow")
# How each protocol refuses an operation that a service does not have.
UNKNOWN = {
    "json": {"UnknownOperationException"},
    "query": {"InvalidAction"},
    "rest-xml": {"NotImplemented", "MethodNotAllowed"},
}
_session = botocore.session.get_session()
_server = urllib.parse.urlsplit(os.environ["AWS_ENDPOINT_URL"])
_connection = http.client.HTTPConnection(_server.hostname, _server.port, timeout=60)
atexit.register(_connection.close)
# Seconds in which no server closes a connection.
LONGEST_IDLE = 2
_answered_at = 0


class Answer:
    """What came back: its status, and of a refusal its code and words."""

    def __init__(self, protocol, status, headers, body):
        self.status, self.headers, self.body, self.code, self.words = status, headers, body, None, None
        if status >= 300 and protocol == "json":
            told = json.loads(body)
            self.code, self.words = told["__type"], told["message"]
        elif status >= 300 and body:
            told = {element.tag.rpartition("}")[2]: element.text for element in ElementTree.fromstring(body).iter()}
            self.code, self.words = told["Code"], told["Message"]


def send(operation, parameters):
    """Sends parameters as they are, past all of botocore's checks; the answer is held against the model all the same."""
    answer = _send(operation, parameters)
    answers.hold(operation, answer.status, answer.headers, answer.body)
    return answer


def _send(operation, parameters):
    model = operation.service_model
    if model.resolved_protocol == "json":
        return _send_json(model, operation.name, parameters)
    request = botocore.serialize.create_serializer(model.resolved_protocol, False).serialize_to_request(
        parameters, operation
    )
    query, body = request["query_string"], request["body"]
    if isinstance(body, dict):
        body = urllib.parse.urlencode(body).encode()
    body = body.encode() if isinstance(body, str) else body
    headers = {name: str(value) for name, value in request["headers"].items()}
    if model.resolved_protocol == "rest-xml" and body:
        headers["content-md5"] = base64.b64encode(hashlib.md5(body).digest()).decode()
    pairs = list(query.items()) if isinstance(query, dict) else list(query)
    mark = "&" if "?" in request["url_path"] else "?"
    url = request["url_path"] + (mark + urllib.parse.urlencode(pairs) if pairs else "")
    return send_raw(model.resolved_protocol, request["method"], url, headers, body)


def _send_json(model, name, parameters):
    target = f"{model.metadata['targetPrefix']}.{name}"
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": target}
    return send_raw("json", "POST", "/", headers, json.dumps(parameters).encode())


def send_raw(protocol, method, url, headers, body):
    """Sends what no client would."""
    global _answered_at
    if time.monotonic() > _answered_at + LONGEST_IDLE:
        # The server may have closed it by now; the next request opens another.
        _connection.close()
    _connection.request(method, url, body, headers)
    response = _connection.getresponse()
    answer = Answer(protocol, response.status, dict(response.getheaders()), response.read())
    _answered_at = time.monotonic()
    return answer


def model_of(service):
    """botocore's model of a service."""
    return _session.get_service_model(service)


def answered():
    """The operations that are there, as botocore models them."""
    found = []
    for service in SERVICES:
        model = model_of(service)
        unknown = UNKNOWN[model.resolved_protocol]
        there = [
            model.operation_model(name)
            for name in model.operation_names
            if _answer_to_little(model, name).code not in unknown
        ]
        assert there, f"{service} answers none of botocore's operations in {model.resolved_protocol}."
        found += there
    return found


def _answer_to_little(model, name):
    if model.resolved_protocol == "json":
        return _send_json(model, name, {})
    operation = model.operation_model(name)
    if model.resolved_protocol == "query":
        return _send(operation, {})
    shape = operation.input_shape
    least = {name: samples.value(shape.members[name], depth=1) for name in shape.required_members} if shape else {}
    # A bucket that is not there: nothing is to come of it.
    named = {"Bucket": "no-such-bucket", "Key": "k", "CopySource": "no-such-bucket/k"}
    return _send(operation, least | {name: value for name, value in named.items() if name in least})
