"""botocore's own reading of CreateTrainingJob: a line of JSON in, a line of JSON out.

`{"model": true}` is answered with the operation's input shape. `{"request": ...}` is answered with what is wrong with the request:
`refused`, the words of botocore's ParamValidator (types, what is required, least lengths and numbers), and `breaches`, the members that
break a limit of the model which that validator does not look at (greatest lengths and numbers, patterns, enums).
"""

import json
import sys

import botocore.session
from botocore.validate import ParamValidator

from model_limits import breaches

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


def answer(question):
    if question.get("model"):
        return {"model": described(INPUT)}
    request = question["request"]
    report = ParamValidator().validate(request, INPUT)
    return {
        "refused": report.generate_report() if report.has_errors() else None,
        "breaches": [".".join(map(str, path)) for path in breaches(INPUT, request)],
    }


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
