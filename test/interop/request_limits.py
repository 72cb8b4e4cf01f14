"""What botocore's models allow and forbid, at each place of each operation's parameters, sent past botocore's own checks: the local
cloud takes what is allowed and refuses what is forbidden, for that reason and at that place."""

import random

import samples
from behaviours import behaviour, equal, run
from operations import answered, send
from requests_of import Request, allowed, forbidden, forbidden_at, place_of, places

# S3's parameters are places of HTTP and of XML: request_places.py.
OPERATIONS = [one for one in answered() if one.service_model.resolved_protocol != "rest-xml" and one.input_shape.members]
# How each service calls what its model forbids. Of one that is not here, any of its words will do.
REFUSALS = {
    "sagemaker": {"ValidationException"},
    "logs": {"InvalidParameterException"},
    "sts": {"ValidationError"},
    "iam": {"ValidationError"},
}
ANY_REFUSAL = {
    "InvalidParameterCombination", "InvalidParameterException", "InvalidParameterValue", "MissingParameter",
    "ValidationError", "ValidationException",
}  # fmt: skip
FORBIDDEN = [one for operation in OPERATIONS for one in forbidden(operation)]


def refusals(operation):
    return REFUSALS.get(operation.service_model.service_name, ANY_REFUSAL)


def is_json(operation):
    return operation.service_model.resolved_protocol == "json"


def is_of_form(answer):
    """Whether a refusal is about the form of the request alone."""
    return answer.code in ("SerializationException", "MalformedInput") or (answer.words or "").find("validation error") != -1


def ask(request):
    answer = send(request.operation, request.parameters)
    if answer.status >= 500:
        raise AssertionError(f"{request}: {answer.status} {answer.code}: {answer.words}")
    return answer


def taken(requests):
    """What of these is refused for its form."""
    for request in requests:
        answer = ask(request)
        if is_of_form(answer):
            yield f"{request}: {answer.code}: {answer.words:.300}"


def passed(requests, codes=None):
    """What of these is not refused, or for another reason, or at another place."""
    for request in requests:
        answer = ask(request)
        told = f"{request}: {answer.status} {answer.code}: {answer.words}"
        if answer.code not in (codes or refusals(request.operation)):
            yield told[:400]
        elif codes is None:
            place = place_of(request.path, request.operation)
            if not answer.words.startswith("1 validation error detected: ") or f" at '{place}' failed" not in answer.words:
                yield f"not at '{place}': {told}"[:400]


def breaking(*rules):
    return [request for rule, request in FORBIDDEN if rule in rules]


@behaviour("what the model allows is never refused for its form: least and greatest values, each of an enum, null, unknown members")
def _():
    equal([*taken(request for operation in OPERATIONS for request in allowed(operation))], [])


@behaviour("what is required and missing is refused at its place")
def _():
    equal([*passed(breaking("required"))], [])


@behaviour("what is too short, too long, too small, too large or too many is refused at its place")
def _():
    equal([*passed(breaking("size"))], [])


@behaviour("what is not of its pattern or enum is refused at its place")
def _():
    equal([*passed(breaking("pattern", "enum"))], [])


@behaviour("what is of another type is refused as SerializationException, in a form as MalformedInput")
def _():
    wrong = breaking("type")
    equal([*passed([one for one in wrong if is_json(one.operation)], {"SerializationException"})], [])
    equal([*passed([one for one in wrong if not is_json(one.operation)], {"MalformedInput"})], [])


@behaviour("members by chance are taken, and refused when one thing among them is wrong")
def _():
    chance = random.Random(20_260_105)
    good, bad = [], []
    for operation in OPERATIONS:
        for _ in range(min(100, 5 * len(operation.input_shape.members))):
            whole = samples.value(operation.input_shape, chance=chance.random())
            good.append(Request(operation, whole, f"is {whole}", ()))
            place = chance.choice([*places(operation.input_shape, whole)])
            found = [one for rule, one in forbidden_at(operation, whole, *place) if rule != "type"]
            bad += [chance.choice(found)] if found else []
    equal([[*taken(good)], [*passed(bad)]], [[], []])


run()
