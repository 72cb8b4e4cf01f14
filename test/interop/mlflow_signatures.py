"""Signs requests as AWS's plugin for MLflow does, with botocore's signer, each at the time that it says."""

import datetime
import json
import os
import sys
import types

import sagemaker_plugin  # noqa: F401
from requests.structures import CaseInsensitiveDict

os.environ.update(AWS_ACCESS_KEY_ID="AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

import botocore.auth  # noqa: E402
from sagemaker_mlflow.auth import AuthBoto  # noqa: E402

for line in sys.stdin:
    asked = json.loads(line)
    if asked["token"] is None:
        os.environ.pop("AWS_SESSION_TOKEN", None)
    else:
        os.environ["AWS_SESSION_TOKEN"] = asked["token"]
    at = datetime.datetime.strptime(asked["time"], "%Y%m%dT%H%M%SZ")
    botocore.auth.get_current_datetime = lambda: at
    request = types.SimpleNamespace(
        method=asked["method"],
        url=asked["url"],
        headers=CaseInsensitiveDict({**asked["headers"], "Connection": "keep-alive"}),
        body=asked["body"].encode(),
    )
    signed = AuthBoto(asked["region"], asked["service"])(request)
    print(json.dumps({name.lower(): str(value) for name, value in signed.headers.items()}), flush=True)
