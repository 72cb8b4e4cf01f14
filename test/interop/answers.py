"""Holds each answer that botocore gets against its model of the operation, strictly: nothing left over, nothing missing that is
required, each value of its type and within its limits. botocore's own parser passes over all of that in silence."""

import json
import xml.etree.ElementTree as ElementTree

import botocore.parsers
import botocore.session

from answer_values import child_of, leftover, name_of, namespace_of, of_json, of_text, of_xml
from documented_errors import documented

# What HTTP and the services' fronts add to each answer.
COMMON_HEADERS = {
    "connection", "content-length", "content-type", "date", "keep-alive", "server", "smithy-protocol",
    "transfer-encoding", "x-amz-id-2", "x-amz-request-id", "x-amzn-requestid",
}  # fmt: skip
CONTENT_TYPES = {
    "json": "application/x-amz-json-1.1", "query": "text/xml", "rest-xml": "application/xml",
    "smithy-rpc-v2-cbor": "application/cbor",
}  # fmt: skip

# PutLogEvents takes no empty message, but programs print empty lines, which a log has as they came.
EMPTY_LINE = "breaks the min of EventMessage: ''"

# Of this program: operations as (service, name, whether it was refused), and what was wrong with their answers.
seen, faults = {}, []


def watch():
    """From now on each answer to any client of any session is held against the model."""
    create = botocore.session.get_session

    def watched(*args, **kwargs):
        session = create(*args, **kwargs)
        session.get_component("event_emitter").register_first("before-parse", _take)
        return session

    botocore.session.get_session = watched


def _take(operation_model, response_dict, **_):
    hold(operation_model, response_dict["status_code"], response_dict["headers"], response_dict["body"])


def hold(operation, status, headers, body):
    """Holds one answer against the model."""
    key = (operation.service_model.service_name, operation.name, status >= 300)
    seen[key] = seen.get(key, 0) + 1
    for fault in differences(operation, status, headers, body):
        if fault.endswith(EMPTY_LINE):
            continue
        faults.append(f"{'.'.join(key[:2])} ({status}): {fault}")


def differences(operation, status, headers, body):
    """What of an answer the model does not have, or the answer lacks, in words."""
    protocol = operation.service_model.resolved_protocol
    headers = {name.lower(): value for name, value in headers.items()}
    if status >= 300:
        yield from _error(operation, protocol, status, headers, body)
        return
    declared = operation.http.get("responseCode", 200)
    if status != declared and not (status == 206 and "content-range" in headers):
        yield f"status {status} is not {declared}"
    output = operation.output_shape
    if protocol == "rest-xml":
        yield from _rest_xml(operation, output, headers, body)
        return
    yield from leftover("header", set(headers) - COMMON_HEADERS)
    if headers.get("content-type") != CONTENT_TYPES[protocol]:
        yield f"content-type {headers.get('content-type')}"
    if protocol == "query":
        root = ElementTree.fromstring(body)
        yield from _envelope(root, f"{operation.name}Response", operation.service_model.metadata["xmlNamespace"])
        wrapper = output and output.serialization["resultWrapper"]
        yield from leftover("element", {name_of(child) for child in root} - {wrapper, "ResponseMetadata"})
        if [name_of(child) for child in child_of(root, "ResponseMetadata")] != ["RequestId"]:
            yield "no ResponseMetadata with its RequestId"
        if output:
            yield from of_xml(output, child_of(root, wrapper), ())
        return
    value = _read(protocol, body)
    if output is None:
        yield from leftover("body", [body] if value else [])
    else:
        yield from of_json(output, value, ())


def _read(protocol, body):
    """What JSON or CBOR says; nothing says no members."""
    if body == b"" or protocol == "json":
        return json.loads(body or b"{}")
    parser = botocore.parsers.RpcV2CBORParser()
    return parser.parse_data_item(parser.get_peekable_stream_from_bytes(body))


def _rest_xml(operation, output, headers, body):
    members = {} if output is None else dict(output.members)
    located = {name: shape for name, shape in members.items() if "location" in shape.serialization}
    known = set(COMMON_HEADERS)
    for name, shape in located.items():
        place = shape.serialization["name"].lower()
        if shape.serialization["location"] == "headers":
            known.update(header for header in headers if header.startswith(place))
        elif place in headers:
            known.add(place)
            yield from of_text(shape, headers[place], (name,), "rfc822")
        elif name in output.required_members:
            yield f"header {place} is missing"
    yield from leftover("header", set(headers) - known)
    payload = None if output is None else output.serialization.get("payload")
    if payload is not None and members[payload].type_name != "structure":
        return
    held = set(members) - set(located)
    if not held or operation.http["method"] == "HEAD":
        yield from leftover("body", [body] if body else [])
        return
    if headers.get("content-type") != CONTENT_TYPES["rest-xml"]:
        yield f"content-type {headers.get('content-type')}"
    root = ElementTree.fromstring(body)
    if {namespace_of(element) for element in root.iter()} != {"http://s3.amazonaws.com/doc/2006-03-01/"}:
        yield "an element is in another namespace"
    if held == {name_of(root)} and payload is None:
        # GetBucketLocation's answer is its one member itself, empty for the first region.
        if root.text:
            yield from of_xml(members[name_of(root)], root, (name_of(root),))
        yield from leftover("element", map(name_of, root))
    elif payload is not None:
        yield from _envelope(root, members[payload].serialization.get("name", payload))
        yield from of_xml(members[payload], root, (payload,))
    else:
        yield from of_xml(output, root, (), held)


def _envelope(root, name, namespace=None):
    if name_of(root) != name:
        yield f"<{name_of(root)}> is not <{name}>"
    if namespace is not None and {namespace_of(element) for element in root.iter()} != {namespace}:
        yield f"an element is not in {namespace}"


def _error(operation, protocol, status, headers, body):
    if operation.http["method"] == "HEAD" or status == 304:
        # No words at all: what S3 tells besides are the headers of what is there.
        yield from leftover("body", [body] if body else [])
        return
    if headers.get("content-type") != CONTENT_TYPES[protocol]:
        yield f"content-type {headers.get('content-type')}"
    if protocol in ("json", "smithy-rpc-v2-cbor"):
        told = _read(protocol, body)
        code, words = told.pop("__type"), {told.pop(name, None) for name in ("message", "Message")} - {None}
        message = words.pop() if len(words) == 1 else None
        if protocol == "json" and headers.get("x-amzn-errortype") != code:
            yield f"x-amzn-errortype {headers.get('x-amzn-errortype')} is not {code}"
    else:
        root = ElementTree.fromstring(body)
        if protocol == "query":
            yield from _envelope(root, "ErrorResponse", operation.service_model.metadata["xmlNamespace"])
            yield from leftover("element", {name_of(child) for child in root} - {"Error", "RequestId"})
            root = child_of(root, "Error")
        else:
            yield from _envelope(root, "Error", "")
        told = {name_of(child): child.text for child in root}
        code, message = told.pop("Code", None), told.pop("Message", None)
        if protocol == "query" and told.pop("Type", None) != ("Sender" if status < 500 else "Receiver"):
            yield "the Type of the error is another"
        # S3 tells what it is about in elements that it documents nowhere whole.
        told = told if protocol == "query" else {}
    if not message:
        yield "no message"
    shapes = {one.metadata.get("error", {}).get("code", one.name): one for one in operation.error_shapes}
    # CBOR has the shape's own name.
    shapes.update((one.name, one) for one in operation.error_shapes if protocol == "smithy-rpc-v2-cbor")
    if code in shapes:
        members = {name.lower() for name in shapes[code].members}
        yield from leftover(f"{code}:", (name for name in told if name.lower() not in members))
        statuses = {shapes[code].metadata.get("error", {}).get("httpStatusCode", 400)}
    else:
        yield from leftover(f"{code}:", told)
        statuses = documented(operation.service_model.service_name, protocol, code)
    if status not in statuses:
        yield f"{code} is an error of status {statuses or 'none: neither the model nor the documentation has it'}"
