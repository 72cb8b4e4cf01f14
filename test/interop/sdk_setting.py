"""What each program has to set before it uses the SageMaker Python SDK with the local cloud."""

import contextlib
import io
import logging
import os
import pathlib
import warnings

os.environ["SAGEMAKER_SUPPRESS_V2_WARNING"] = "1"
# Its telemetry goes to a host of its own unless a file says no.
pathlib.Path("config.yaml").write_text(
    "SchemaVersion: '1.0'\nSageMaker:\n  PythonSDK:\n    Modules:\n      TelemetryOptOut: true\n"
)
os.environ["SAGEMAKER_USER_CONFIG_OVERRIDE"] = os.path.abspath("config.yaml")
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

# What it prints on being imported is not a behaviour.
with contextlib.redirect_stdout(io.StringIO()):
    import sagemaker
    import sagemaker.session

# It may watch the answers to every client made from here on.
import behaviours  # noqa: E402, F401

# It names its STS host itself, whatever AWS_ENDPOINT_URL says.
sagemaker.session.sts_regional_endpoint = lambda region: os.environ["AWS_ENDPOINT_URL"]

session = sagemaker.Session()
BUCKET = "sagemaker-eu-west-1-123456789012"
ROLE = "arn:aws:iam::123456789012:role/SageMaker"


def printed(function):
    """What a call prints; a program's own lines on stdout are its answers."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        function()
    return out.getvalue()
