"""Requests made from an operation's model, one thing changed in each: what is allowed, and what is forbidden."""

import copy

import samples
from model_limits import breaches, value_breaches

# What JSON can hold, by the kinds of shapes that it is wrong for.
WRONG_TYPES = {
    "string": [5, True, [], {}],
    "integer": ["x", 1.5, True, [], {}, 2**31],
    "long": ["x", 1.5, True, [], {}],
    "boolean": ["x", 5, [], {}],
    "timestamp": ["x", True, [], {}],
    "list": ["x", 5, True, {}],
    "map": ["x", 5, True, []],
    "structure": ["x", 5, True, []],
}
# In a form all is text.
WRONG_TEXTS = {"integer": ["x", "1.5", ""], "long": ["x"]}
# Lists and texts beyond are left out: the requests would be megabytes.
LONGEST = 11_000


class Request:
    """Parameters, what was changed, and where."""

    def __init__(self, operation, parameters, what, path):
        self.operation, self.parameters, self.what, self.path = operation, parameters, what, path

    def __str__(self):
        place = ".".join(map(str, self.path))
        return f"{self.operation.service_model.service_name}.{self.operation.name}: {place} {self.what}"


def places(shape, value, path=()):
    """Each place in a value, with its shape and what stands there."""
    yield path, shape, value
    if shape.type_name == "structure":
        for name, member in value.items():
            yield from places(shape.members[name], member, (*path, name))
    elif shape.type_name == "list":
        for index, member in enumerate(value):
            yield from places(shape.member, member, (*path, index))
    elif shape.type_name == "map":
        for key, member in value.items():
            yield from places(shape.value, member, (*path, key))


def changed(whole, path, value):
    """A copy with another value at a place."""
    if not path:
        return value
    made = copy.deepcopy(whole)
    at = made
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return made


def everything(operation):
    """Parameters with every member."""
    whole = samples.value(operation.input_shape, chance=1.0)
    assert not [*breaches(operation.input_shape, whole)], (operation.name, whole)
    return whole


def allowed(operation):
    """The least, the greatest, and each value of an enum, at each place."""
    least = samples.value(operation.input_shape)
    yield Request(operation, least, "has what is required", ())
    whole = everything(operation)
    yield Request(operation, whole, "has every member", ())
    is_json = _is_json(operation)
    if is_json:
        yield Request(operation, {**whole, "NoSuchMember": {"a": [1]}}, "has a member that is not in the model", ())
    tried = set()
    for path, shape, value in places(operation.input_shape, whole):
        for what, other in _allowed_values(shape, value, tried):
            yield Request(operation, changed(whole, path, other), what, path)
        # A form has no null.
        if is_json and path and isinstance(path[-1], str) and not _is_required(operation.input_shape, path):
            yield Request(operation, changed(whole, path, None), "is null", path)


def _allowed_values(shape, value, tried):
    kind, limits = shape.type_name, shape.metadata
    if kind == "string" and getattr(shape, "enum", None):
        # Of the hundreds of instance types all are tried at the first place that takes them.
        is_again = len(shape.enum) > 50 and shape.name in tried
        tried.add(shape.name)
        yield from ((f"is {one}", one) for one in (shape.enum[:: len(shape.enum) - 1] if is_again else shape.enum))
    elif kind == "string":
        for name in ("min", "max"):
            text = samples.text_of(shape, limits[name]) if limits.get(name, LONGEST) < LONGEST else None
            if text is not None:
                yield f"has its {name} length of {limits[name]}", text
    elif kind in ("integer", "long"):
        yield from ((f"is its {name}", limits[name]) for name in ("min", "max") if name in limits)
    elif kind == "list":
        yield from (
            (f"has its {name} of {limits[name]} members", value[:1] * limits[name])
            for name in ("min", "max")
            if limits.get(name, LONGEST) < LONGEST
        )
    elif kind == "boolean":
        yield "is false", False


def _is_json(operation):
    return operation.service_model.resolved_protocol == "json"


def _is_required(shape, path):
    for step in path[:-1]:
        shape = shape.members[step] if shape.type_name == "structure" else getattr(shape, "member", None) or shape.value
    # The values of a map are never null.
    return shape.type_name != "structure" or path[-1] in shape.required_members


def forbidden(operation):
    """What breaks one rule of the model, at each place: (rule, request)."""
    whole = everything(operation)
    for place in places(operation.input_shape, whole):
        yield from forbidden_at(operation, whole, *place)


def forbidden_at(operation, whole, path, shape, value):
    """What breaks one rule of the model at one place of these parameters: (rule, request)."""
    is_json = _is_json(operation)
    if is_json and path and isinstance(path[-1], str) and _is_required(operation.input_shape, path):
        yield "required", Request(operation, changed(whole, path, None), "is null", path)
    if shape.type_name == "structure":
        for name in shape.required_members:
            rest = {other: member for other, member in value.items() if other != name}
            yield "required", Request(operation, changed(whole, path, rest), "is missing", (*path, name))
    if path:
        wrongs = (WRONG_TYPES if is_json else WRONG_TEXTS).get(shape.type_name, [])
        # Each place with two of them, so that all kinds of places have all.
        for wrong in samples.some(wrongs, 2):
            yield "type", Request(operation, changed(whole, path, wrong), f"is {wrong!r}", path)
    for rule, what, other in _forbidden_values(shape, value):
        assert [*breaches(shape, other)], (operation.name, path, what)
        yield rule, Request(operation, changed(whole, path, other), what, path)


def _forbidden_values(shape, value):
    kind, limits = shape.type_name, shape.metadata
    least, most = limits.get("min", 0), limits.get("max", LONGEST)
    if kind == "string":
        if getattr(shape, "enum", None):
            yield from (("enum", f"is {one!r}", one) for one in ("no-such-value", shape.enum[0].swapcase() + "x", ""))
            return
        if least > 0:
            yield "size", "is too short", value[: least - 1]
        if most < LONGEST:
            yield "size", "is too long", value + value[-1] * (most + 1 - len(value))
        if "pattern" in limits:
            # What is wrong in one letter anywhere, and not only at the end, tells patterns that are too wide.
            tries = [value + more for more in ("\n", "é", "!")] + ["é" * max(least, 1)]
            tries += [value[:at] + "!" + value[at + 1 :] for at in range(0, len(value), max(1, len(value) // 6))]
            wrong = [one for one in tries if [*value_breaches(shape, one)] == ["pattern"]]
            yield from (("pattern", f"is {one!r}", one) for one in wrong)
    elif kind in ("integer", "long"):
        if "min" in limits:
            yield "size", "is too small", least - 1
        if "max" in limits and most < 2**31 - 1:
            yield "size", "is too large", most + 1
    elif kind == "list":
        if least > 0:
            yield "size", "has too few members", value[: least - 1]
        if most < LONGEST:
            yield "size", "has too many members", value[:1] * (most + 1)
    elif kind == "map":
        if least > 0:
            yield "size", "has no entries", {}
        if most < LONGEST:
            entry = next(iter(value.values()))
            yield "size", "has too many entries", {f"k{index}": entry for index in range(most + 1)}
        for rule, what, key in _forbidden_values(shape.key, next(iter(value))):
            yield rule, f"has a key that {what}", dict(zip([key, *[*value][1:]], value.values()))


def place_of(path, operation):
    """Where the service says that something is wrong: `inputDataConfig.1.member.channelName`; a map's entries are its own."""
    shape, words = operation.input_shape, []
    for step in path:
        if shape.type_name == "map":
            break
        words.append(f"{step + 1}.member" if isinstance(step, int) else step[0].lower() + step[1:])
        shape = shape.member if isinstance(step, int) else shape.members[step]
    return ".".join(words)
