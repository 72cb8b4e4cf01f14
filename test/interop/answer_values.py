"""Values of an answer beside the shapes of botocore's model: members of JSON and CBOR, elements of XML, texts of headers."""

import base64
import binascii
import datetime
import re
import xml.etree.ElementTree as ElementTree

from model_limits import value_breaches


def leftover(what, names):
    """What there is beyond the model, in words."""
    return [f"{what} {name!r:.200} is not in the model" for name in sorted(names)]


def _limits(shape, value, path):
    for rule in value_breaches(shape, value):
        yield f"{_place(path)} breaks the {rule} of {shape.name}: {value!r:.200}"


def _place(path):
    return ".".join(map(str, path)) or "the answer"


def of_json(shape, value, path):
    """What is wrong with a value of JSON or CBOR."""
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
                yield from of_json(names[name], member, (*path, name))
    elif kind == "list":
        for index, member in enumerate(value):
            yield from of_json(shape.member, member, (*path, index))
    elif kind == "map":
        for name, member in value.items():
            yield from of_json(shape.key, name, (*path, name))
            yield from of_json(shape.value, member, (*path, name))


def _is_json(shape, value):
    kind = shape.type_name
    types = {
        "structure": dict, "map": dict, "list": list, "string": str, "blob": str, "boolean": bool, "integer": int,
        "long": int, "float": (int, float), "double": (int, float), "timestamp": (int, float, datetime.datetime),
    }  # fmt: skip
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, types[kind]) and (kind != "blob" or _is_base64(value))


def name_of(element):
    """The name without its namespace."""
    return element.tag.rpartition("}")[2]


def namespace_of(element):
    """The namespace, empty for none."""
    return element.tag.rpartition("}")[0].removeprefix("{")


def child_of(element, name):
    """The child of that name, or an empty one."""
    return next((child for child in element if name_of(child) == name), ElementTree.Element(name))


def of_xml(shape, element, path, held=None):
    """What is wrong with an element; `held`: the members that are looked for in it, all unless given."""
    kind = shape.type_name
    yield from leftover(f"{_place(path)}: attribute", element.attrib)
    if kind not in ("structure", "list", "map"):
        yield from leftover(f"{_place(path)}: element", map(name_of, element))
        yield from of_text(shape, element.text or "", path, "iso8601")
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
        children.setdefault(name_of(child), []).append(child)
    for name in held:
        member = shape.members[name]
        flat = member.type_name == "list" and member.serialization.get("flattened")
        tag = member.serialization.get("name", name)
        found = children.pop((flat and member.member.serialization.get("name")) or tag, [])
        if flat:
            yield from _limits(member, found, (*path, name))
            for index, child in enumerate(found):
                yield from of_xml(member.member, child, (*path, name, index))
            continue
        if len(found) > 1:
            yield f"{_place((*path, name))} is there {len(found)} times"
        if not found and name in shape.required_members:
            yield f"{_place((*path, name))} is missing"
        for child in found:
            yield from of_xml(member, child, (*path, name))
    yield from leftover(f"{_place(path)}: element", children)


def _xml_list(shape, children, path):
    yield from _limits(shape, children, path)
    tag = shape.member.serialization.get("name", "member")
    for index, child in enumerate(children):
        if name_of(child) == tag:
            yield from of_xml(shape.member, child, (*path, index))
        else:
            yield f"{_place(path)}: <{name_of(child)}> is not <{tag}>"


def of_text(shape, text, path, timestamp_format):
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
