"""Holds each answer that botocore gets against its model of the operation, strictly: nothing left over, nothing missing that is
required, each value of its type and within its limits. botocore's own parser passes over all of that in silence."""

import base64
import binascii
import datetime
import json
import re
import xml.etree.ElementTree as ElementTree

import botocore.session

from documented_errors import documented
from model_limits import value_breaches

# What HTTP and the services' fronts add to each answer.
COMMON_HEADERS = {
    "connection", "content-length", "content-type", "date", "keep-alive", "server", "transfer-encoding",
    "x-amz-id-2", "x-amz-request-id", "x-amzn-requestid",
}  # fmt: skip
CONTENT_TYPES = {"json": "application/x-amz-json-1.1", "query": "text/xml", "rest-xml": "application/xml"}

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
    yield from _leftover("header", set(headers) - COMMON_HEADERS)
    if headers.get("content-type") != CONTENT_TYPES[protocol]:
        yield f"content-type {headers.get('content-type')}"
    if protocol == "json":
        if output is None or (not output.members and body == b""):
            yield from _leftover("body", [body] if body not in (b"", b"{}") else [])
        else:
            yield from _json(output, json.loads(body), ())
    elif protocol == "query":
        root = ElementTree.fromstring(body)
        yield from _envelope(root, f"{operation.name}Response", operation.service_model.metadata["xmlNamespace"])
        wrapper = output.serialization["resultWrapper"]
        yield from _leftover("element", {_name(child) for child in root} - {wrapper, "ResponseMetadata"})
        if [_name(child) for child in _child(root, "ResponseMetadata")] != ["RequestId"]:
            yield "no ResponseMetadata with its RequestId"
        yield from _xml(output, _child(root, wrapper), ())


def _leftover(what, names):
    return [f"{what} {name!r:.200} is not in the model" for name in sorted(names)]


def _limits(shape, value, path):
    for rule in value_breaches(shape, value):
        yield f"{_place(path)} breaks the {rule} of {shape.name}: {value!r:.200}"


def _place(path):
    return ".".join(map(str, path)) or "the answer"


def _json(shape, value, path):
    kind = shape.type_name
    if not _is_json(shape, value):
        yield f"{_place(path)} is no {kind}: {value!r:.200}"
        return
    yield from _limits(shape, value, path)
    if kind == "structure":
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        yield from (f"{_place((*path, name))} is not in the model" for name in value if name not in names)
        yield from (f"{_place((*path, name))} is missing" for name in shape.required_members if name not in value)
        for name, member in value.items():
            if name in names:
                yield from _json(names[name], member, (*path, name))
    elif kind == "list":
        for index, member in enumerate(value):
            yield from _json(shape.member, member, (*path, index))
    elif kind == "map":
        for name, member in value.items():
            yield from _json(shape.key, name, (*path, name))
            yield from _json(shape.value, member, (*path, name))


def _is_json(shape, value):
    kind = shape.type_name
    types = {
        "structure": dict, "map": dict, "list": list, "string": str, "blob": str, "boolean": bool, "integer": int,
        "long": int, "float": (int, float), "double": (int, float), "timestamp": (int, float),
    }  # fmt: skip
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, types[kind]) and (kind != "blob" or _is_base64(value))


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
            yield from _scalar(shape, headers[place], (name,), "rfc822")
        elif name in output.required_members:
            yield f"header {place} is missing"
    yield from _leftover("header", set(headers) - known)
    payload = None if output is None else output.serialization.get("payload")
    if payload is not None and members[payload].type_name != "structure":
        return
    held = set(members) - set(located)
    if not held or operation.http["method"] == "HEAD":
        yield from _leftover("body", [body] if body else [])
        return
    if headers.get("content-type") != CONTENT_TYPES["rest-xml"]:
        yield f"content-type {headers.get('content-type')}"
    root = ElementTree.fromstring(body)
    if {_namespace(element) for element in root.iter()} != {"http://s3.amazonaws.com/doc/2006-03-01/"}:
        yield "an element is in another namespace"
    if held == {_name(root)} and payload is None:
        # GetBucketLocation's answer is its one member itself, empty for the first region.
        if root.text:
            yield from _xml(members[_name(root)], root, (_name(root),))
        yield from _leftover("element", map(_name, root))
    elif payload is not None:
        yield from _envelope(root, members[payload].serialization.get("name", payload))
        yield from _xml(members[payload], root, (payload,))
    else:
        yield from _xml(output, root, (), held)


def _envelope(root, name, namespace=None):
    if _name(root) != name:
        yield f"<{_name(root)}> is not <{name}>"
    if namespace is not None and {_namespace(element) for element in root.iter()} != {namespace}:
        yield f"an element is not in {namespace}"


def _name(element):
    return element.tag.rpartition("}")[2]


def _namespace(element):
    return element.tag.rpartition("}")[0].removeprefix("{")


def _child(element, name):
    return next((child for child in element if _name(child) == name), ElementTree.Element(name))


def _xml(shape, element, path, held=None):
    kind = shape.type_name
    yield from _leftover(f"{_place(path)}: attribute", element.attrib)
    if kind not in ("structure", "list", "map"):
        yield from _leftover(f"{_place(path)}: element", map(_name, element))
        yield from _scalar(shape, element.text or "", path, "iso8601")
        return
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        yield f"{_place(path)} has text between its elements"
    if kind == "list":
        yield from _xml_list(shape, list(element), path)
    elif kind == "structure":
        yield from _xml_structure(shape, element, path, set(shape.members) if held is None else held)
    else:
        raise NotImplementedError("No answer in XML has a map so far.")


def _xml_structure(shape, element, path, held):
    children = {}
    for child in element:
        children.setdefault(_name(child), []).append(child)
    for name in held:
        member = shape.members[name]
        flat = member.type_name == "list" and member.serialization.get("flattened")
        tag = member.serialization.get("name", name)
        found = children.pop((flat and member.member.serialization.get("name")) or tag, [])
        if flat:
            yield from _limits(member, found, (*path, name))
            for index, child in enumerate(found):
                yield from _xml(member.member, child, (*path, name, index))
            continue
        if len(found) > 1:
            yield f"{_place((*path, name))} is there {len(found)} times"
        if not found and name in shape.required_members:
            yield f"{_place((*path, name))} is missing"
        for child in found:
            yield from _xml(member, child, (*path, name))
    yield from _leftover(f"{_place(path)}: element", children)


def _xml_list(shape, children, path):
    yield from _limits(shape, children, path)
    tag = shape.member.serialization.get("name", "member")
    for index, child in enumerate(children):
        if _name(child) == tag:
            yield from _xml(shape.member, child, (*path, index))
        else:
            yield f"{_place(path)}: <{_name(child)}> is not <{tag}>"


def _scalar(shape, text, path, timestamp_format):
    """A text of XML or of a header as what the model says that it is."""
    kind, value = shape.type_name, text
    form = shape.serialization.get("timestampFormat", timestamp_format)
    try:
        if kind in ("integer", "long"):
            value = int(text) if re.fullmatch(r"-?\d+", text) else _raise()
        elif kind == "boolean" and text not in ("true", "false"):
            _raise()
        elif kind == "blob" and not _is_base64(text):
            _raise()
        elif kind == "timestamp" and form == "rfc822":
            datetime.datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT")
        elif kind == "timestamp" and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", text):
            _raise()
    except ValueError:
        yield f"{_place(path)} is no {kind}: {text!r:.200}"
    else:
        yield from _limits(shape, value, path)


def _raise():
    raise ValueError


def _is_base64(text):
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode() == text
    except binascii.Error:
        return False


def _error(operation, protocol, status, headers, body):
    if operation.http["method"] == "HEAD" or status == 304:
        # No words at all: what S3 tells besides are the headers of what is there.
        yield from _leftover("body", [body] if body else [])
        return
    if headers.get("content-type") != CONTENT_TYPES[protocol]:
        yield f"content-type {headers.get('content-type')}"
    if protocol == "json":
        told = json.loads(body)
        code, words = told.pop("__type"), {told.pop(name, None) for name in ("message", "Message")} - {None}
        message = words.pop() if len(words) == 1 else None
        if headers.get("x-amzn-errortype") != code:
            yield f"x-amzn-errortype {headers.get('x-amzn-errortype')} is not {code}"
    else:
        root = ElementTree.fromstring(body)
        if protocol == "query":
            yield from _envelope(root, "ErrorResponse", operation.service_model.metadata["xmlNamespace"])
            yield from _leftover("element", {_name(child) for child in root} - {"Error", "RequestId"})
            root = _child(root, "Error")
        else:
            yield from _envelope(root, "Error", "")
        told = {_name(child): child.text for child in root}
        code, message = told.pop("Code", None), told.pop("Message", None)
        if protocol == "query" and told.pop("Type", None) != ("Sender" if status < 500 else "Receiver"):
            yield "the Type of the error is another"
        # S3 tells what it is about in elements that it documents nowhere whole.
        told = told if protocol == "query" else {}
    if not message:
        yield "no message"
    shapes = {one.metadata.get("error", {}).get("code", one.name): one for one in operation.error_shapes}
    if code in shapes:
        members = {name.lower() for name in shapes[code].members}
        yield from _leftover(f"{code}:", (name for name in told if name.lower() not in members))
        statuses = {shapes[code].metadata.get("error", {}).get("httpStatusCode", 400)}
    else:
        yield from _leftover(f"{code}:", told)
        statuses = documented(operation.service_model.service_name, protocol, code)
    if status not in statuses:
        yield f"{code} is an error of status {statuses or 'none: neither the model nor the documentation has it'}"
