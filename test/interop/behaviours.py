"""Runs behaviours one after another, and tells how each went as a line of JSON on stdout.

With `--answers` each answer that botocore gets meanwhile is held against its model, and the last behaviour is that all of them hold.
"""

import contextlib
import json
import sys
import time
import traceback

# python.ts knows it by this name.
EVERY_ANSWER = "every answer is what botocore's model has of it, with nothing left over and nothing missing"
_registered = []


def behaviour(name):
    """Registers a function as the behaviour of that name: it holds unless the function raises."""

    def register(function):
        _registered.append((name, function))
        return function

    return register


def run():
    """Runs them all in their order; one that fails does not keep the others from running."""
    if "--answers" in sys.argv:
        behaviour(EVERY_ANSWER)(_every_answer)
    for name, function in _registered:
        problem = None
        try:
            function()
        except Exception:
            problem = traceback.format_exc()
        # Whatever a program or its libraries print goes elsewhere, if the program says so.
        json.dump({"name": name, "problem": problem}, sys.__stdout__)
        sys.__stdout__.write("\n")
        sys.__stdout__.flush()


def _every_answer():
    import answers

    assert answers.seen, "No answer came."
    equal(sorted(set(answers.faults)), [])


def equal(actual, expected):
    """Raises unless both are the same, and shows them."""
    if actual != expected:
        raise AssertionError(f"{actual!r:.4000}\n  is not\n{expected!r:.2000}")


def includes(whole, part):
    """Raises unless the part is in the whole, and shows them."""
    if part not in whole:
        raise AssertionError(f"{part!r:.2000}\n  is not in\n{whole!r:.2000}")


@contextlib.contextmanager
def refused(code, status=None, words=None):
    """Raises unless what is done within is refused with that code (and status, and words)."""
    # Here, so that programs of other clients need no botocore.
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        equal(error.response["Error"]["Code"], code)
        if status is not None:
            equal(error.response["ResponseMetadata"]["HTTPStatusCode"], status)
        if words is not None:
            includes(error.response["Error"]["Message"], words)
    else:
        raise AssertionError(f"It was not refused with {code}.")


def eventually(ask, what, seconds=60):
    """Asks again and again until the answer is true; gives it back."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"Not within {seconds} s: {what}")


if "--answers" in sys.argv:
    import answers

    answers.watch()
