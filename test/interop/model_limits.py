"""What botocore's model says of single values and its own ParamValidator does not look at: lengths, sizes, patterns, enums."""

import collections
import re
import unicodedata


def characters():
    """The characters of each category of Unicode, as ranges for a class of a regular expression."""
    ranges = collections.defaultdict(list)
    for code in range(0x110000):
        those = ranges[unicodedata.category(chr(code))[0]]
        if those and those[-1][1] == code - 1:
            those[-1][1] = code
        else:
            those.append([code, code])
    return {name: "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in those) for name, those in ranges.items()}


CLASSES = {r"\p{Alnum}": "a-zA-Z0-9"} | {rf"\p{{{name}}}": those for name, those in characters().items()}
_expressions = {}


def translated(pattern):
    """A pattern of the model, which is Java's, as Python's."""
    inside, tokens = False, []
    # An end that is repeated is one end for Java, and an error for Python.
    for token in re.findall(r"\\p\{\w+\}|\\.|.", re.sub(r"\$\{[\d,]+\}", "$", pattern), re.DOTALL):
        if token in CLASSES:
            token = CLASSES[token] if inside else f"[{CLASSES[token]}]"
        elif token == "[":
            inside = True
        elif token == "]":
            inside = False
        elif token == "." and not inside:
            token = "[^\\n\\r\\u0085\\u2028\\u2029]"
        tokens.append(token)
    return "".join(tokens)


def matches(pattern, text):
    """As Java matches: the whole text, ASCII classes, and a dot that stops at each end of a line."""
    if pattern not in _expressions:
        _expressions[pattern] = re.compile(translated(pattern), re.ASCII)
    return _expressions[pattern].fullmatch(text) is not None


def value_breaches(shape, value):
    """The limits that a value breaks by itself, by name; its members are not looked at."""
    kind, limits = shape.type_name, shape.metadata
    # A number of 32 bits is one by its type; botocore's validator takes any.
    if kind == "integer" and isinstance(value, int) and not -(2**31) <= value < 2**31:
        yield "type"
    size = value if kind in ("integer", "long") else len(value) if hasattr(value, "__len__") else None
    if isinstance(size, (int, float)) and not isinstance(size, bool):
        if size < limits.get("min", size):
            yield "min"
        if size > limits.get("max", size):
            yield "max"
    if kind == "string" and isinstance(value, str):
        if "pattern" in limits and not matches(limits["pattern"], value):
            yield "pattern"
        if getattr(shape, "enum", None) and value not in shape.enum:
            yield "enum"


def breaches(shape, value, path=()):
    """The places in a value that break a limit."""
    kind = shape.type_name
    for _ in value_breaches(shape, value):
        yield [*path]
    if kind == "structure" and isinstance(value, dict):
        for name, member in value.items():
            if name in shape.members:
                yield from breaches(shape.members[name], member, [*path, name])
    elif kind == "list" and isinstance(value, list):
        for index, member in enumerate(value):
            yield from breaches(shape.member, member, [*path, index])
    elif kind == "map" and isinstance(value, dict):
        for name, member in value.items():
            yield from breaches(shape.key, name, [*path, name])
            yield from breaches(shape.value, member, [*path, name])
