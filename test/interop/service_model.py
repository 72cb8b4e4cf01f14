"""botocore's own reading of CreateTrainingJob: a line of JSON in, a line of JSON out.

`{"model": true}` is answered with the operation's input shape. `{"request": ...}` is answered with what is wrong with the request:
`refused`, the words of botocore's ParamValidator (types, what is required, least lengths and numbers), and `breaches`, the members that
break a limit of the model which that validator does not look at (greatest lengths and numbers, patterns, enums).
"""

import json
import re
import sys
import unicodedata

import botocore.session
from botocore.validate import ParamValidator

model = botocore.session.get_session().get_service_model("sagemaker")
INPUT = model.operation_model("CreateTrainingJob").input_shape


def described(shape):
    told = {"type": shape.type_name}
    told.update({limit: shape.metadata[limit] for limit in ("min", "max", "pattern") if limit in shape.metadata})
    if getattr(shape, "enum", None):
        told["enum"] = list(shape.enum)
    if shape.type_name == "structure":
        told["required"] = list(shape.required_members)
        told["members"] = {name: described(member) for name, member in shape.members.items()}
    elif shape.type_name == "list":
        told["of"] = described(shape.member)
    elif shape.type_name == "map":
        told["key"], told["value"] = described(shape.key), described(shape.value)
    return told


def characters(*categories):
    """The characters of some categories of Unicode, as ranges for a class of a regular expression."""
    ranges = []
    for code in range(0x110000):
        if unicodedata.category(chr(code))[0] in categories:
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)


CLASSES = {
    r"\p{Alnum}": "a-zA-Z0-9",
    r"\p{L}": characters("L"),
    r"\p{Z}": characters("Z"),
    r"\p{N}": characters("N"),
}
expressions = {}


def matches(pattern, text):
    """As Java matches: the whole text, ASCII classes, and a dot that stops at each end of a line."""
    if pattern not in expressions:
        inside, translated = False, []
        for token in re.findall(r"\\p\{\w+\}|\\.|.", pattern, re.DOTALL):
            if token in CLASSES:
                token = CLASSES[token] if inside else f"[{CLASSES[token]}]"
            elif token == "[":
                inside = True
            elif token == "]":
                inside = False
            elif token == "." and not inside:
                token = "[^\\n\\r\\u0085\\u2028\\u2029]"
            translated.append(token)
        expressions[pattern] = re.compile("".join(translated), re.ASCII)
    return expressions[pattern].fullmatch(text) is not None


def breaches(shape, value, path):
    kind, limits = shape.type_name, shape.metadata
    # A number of 32 bits is one by its type; botocore's validator takes any.
    if kind == "integer" and isinstance(value, int) and not -(2**31) <= value < 2**31:
        yield path
    size = value if kind in ("integer", "long") else len(value) if hasattr(value, "__len__") else None
    if isinstance(size, (int, float)) and not isinstance(size, bool):
        if size < limits.get("min", size) or size > limits.get("max", size):
            yield path
    if kind == "string" and isinstance(value, str):
        if "pattern" in limits and not matches(limits["pattern"], value):
            yield path
        if getattr(shape, "enum", None) and value not in shape.enum:
            yield path
    elif kind == "structure" and isinstance(value, dict):
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


def answer(question):
    if question.get("model"):
        return {"model": described(INPUT)}
    request = question["request"]
    report = ParamValidator().validate(request, INPUT)
    return {
        "refused": report.generate_report() if report.has_errors() else None,
        "breaches": [".".join(map(str, path)) for path in breaches(INPUT, request, [])],
    }


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
