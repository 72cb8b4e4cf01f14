"""Values that botocore's model allows, and the nearest ones that it does not, always the same for the same seed."""

import random
import re._constants as kinds
import re._parser as parser

from model_limits import translated, value_breaches

_random = random.Random(20_260_104)
# Beyond, shapes that hold themselves would never end.
DEEPEST = 12
# Texts that mean something which no pattern tells.
MEANINGFUL = {"RoleArn": "arn:aws:iam::123456789012:role/SageMaker"}
_texts = {}


def some(many, count):
    """A few of many, others each time."""
    return _random.sample(many, min(count, len(many)))


def value(shape, chance=0.0, depth=0):
    """A value of a shape: with each member that is required, and each other one with this chance."""
    kind = shape.type_name
    if kind == "structure":
        names = [
            name
            for name in shape.members
            if name in shape.required_members or (depth < DEEPEST and _random.random() < chance)
        ]
        if depth and not names:
            # A form cannot tell an empty structure from none.
            names = [*shape.members][:1]
        return {name: MEANINGFUL.get(name) or value(shape.members[name], chance, depth + 1) for name in names}
    if kind == "list":
        return [value(shape.member, chance, depth + 1) for _ in range(max(1, shape.metadata.get("min", 0)))]
    if kind == "map":
        # Keys are told apart by their lengths.
        keys = [text_of(shape.key, len(text(shape.key)) + more) for more in range(max(1, shape.metadata.get("min", 0)))]
        return {key: value(shape.value, chance, depth + 1) for key in keys}
    if kind == "string":
        return _random.choice(shape.enum) if getattr(shape, "enum", None) else text(shape)
    if kind in ("integer", "long"):
        return max(shape.metadata.get("min", 1), min(1, shape.metadata.get("max", 1)))
    return {"boolean": True, "timestamp": 1_700_000_000, "float": 0.5, "double": 0.5, "blob": "YQ=="}[kind]


def text(shape):
    """A text of a shape with a pattern, or letters."""
    # Services have shapes of the same name.
    limits, key = shape.metadata, (shape.name, str(shape.metadata))
    if key not in _texts:
        lengths = range(1, limits.get("min", 1) + 80)
        if "pattern" in limits:
            tree = parser.parse(translated(limits["pattern"]))
            tries = (_from(tree, more) for more in lengths)
        else:
            tries = ("a" * more for more in lengths)
        _texts[key] = next(one for one in tries if one and not [*value_breaches(shape, one)])
    return _texts[key]


def text_of(shape, length):
    """A text of this length that the shape allows; none when no letter of a sample can be repeated to it."""
    sample = text(shape)
    if length <= len(sample):
        tries = [sample[:length], sample[len(sample) - length :]]
    else:
        more = length - len(sample)
        tries = [sample[:at] + sample[at] * more + sample[at:] for at in range(len(sample))]
    return next((one for one in tries if not [*value_breaches(shape, one)]), None)


def _from(tree, more):
    return "".join(_piece(kind, argument, more) for kind, argument in tree)


def _piece(kind, argument, more):
    if kind == kinds.LITERAL:
        return chr(argument)
    if kind == kinds.NOT_LITERAL:
        return "b" if argument == ord("a") else "a"
    if kind == kinds.ANY:
        return "a"
    if kind == kinds.IN:
        return _one_of(argument)
    if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
        least, most, inner = argument
        return "".join(_from(inner, more) for _ in range(min(most, max(least, more))))
    if kind == kinds.SUBPATTERN:
        return _from(argument[-1], more)
    if kind == kinds.BRANCH:
        return _from(argument[1][more % len(argument[1])], more)
    # What only looks ahead, or is a place, adds nothing.
    return ""


def _one_of(items):
    allowed = [one for one in "a1A/-. " if _is_in(one, items)]
    return allowed[0] if allowed else chr(next(low for kind, low in items if kind == kinds.LITERAL))


def _is_in(character, items):
    code, found, is_negated = ord(character), False, False
    for kind, argument in items:
        if kind == kinds.NEGATE:
            is_negated = True
        elif kind == kinds.LITERAL:
            found |= code == argument
        elif kind == kinds.RANGE:
            found |= argument[0] <= code <= argument[1]
        elif kind == kinds.CATEGORY:
            word = {kinds.CATEGORY_WORD: character.isalnum(), kinds.CATEGORY_DIGIT: character.isdigit()}
            found |= word.get(argument, argument == kinds.CATEGORY_NOT_SPACE)
    return found != is_negated
