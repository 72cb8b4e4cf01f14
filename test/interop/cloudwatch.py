"""boto3 with the local cloud's CloudWatch, in each protocol that botocore's clients of it have spoken."""

import datetime
import gzip
import json
import os
import pathlib

import boto3
import botocore

from behaviours import behaviour, equal, includes, refused, run

NOW = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
HOUR = datetime.timedelta(hours=1)
MODEL = "cloudwatch/2010-08-01/service-2.json"


def client(protocol):
    """botocore takes what a model lists first; older models list the older protocols alone."""
    data = os.path.join(os.path.dirname(botocore.__file__), "data")
    with gzip.open(os.path.join(data, f"{MODEL}.gz")) as file:
        model = json.load(file)
    model["metadata"].update(protocol=protocol, protocols=[protocol])
    path = pathlib.Path("models", protocol, MODEL)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(model))
    session = boto3.Session()
    session._loader.search_paths.insert(0, str(pathlib.Path("models", protocol)))
    made = session.client("cloudwatch")
    made.meta.events.register("before-send", lambda request, **_: spoken.add(request.headers["Content-Type"]))
    return made


spoken = set()
CLIENTS = {protocol: client(protocol) for protocol in ("smithy-rpc-v2-cbor", "json", "query")}


def question(namespace, **more):
    return {
        "Namespace": namespace,
        "MetricName": "loss",
        "Dimensions": [{"Name": "Run", "Value": "<1> & ü"}],
        "StartTime": NOW - HOUR,
        "EndTime": NOW + HOUR,
        "Period": 60,
        "Statistics": ["Average", "SampleCount", "Maximum"],
        **more,
    }


@behaviour("values that were put come back as statistics, in each protocol")
def _():
    for protocol, watch in CLIENTS.items():
        one = {"MetricName": "loss", "Dimensions": [{"Name": "Run", "Value": "<1> & ü"}]}
        minute = datetime.timedelta(minutes=1)
        watch.put_metric_data(
            Namespace=protocol,
            MetricData=[
                {**one, "Timestamp": NOW - minute, "Value": 3, "Unit": "Percent"},
                {**one, "Timestamp": NOW, "Values": [1.5, 2], "Counts": [1, 3], "Unit": "Percent"},
            ],
        )
        answer = watch.get_metric_statistics(**question(protocol))
        equal(answer["Label"], "loss")
        equal(
            answer["Datapoints"],
            [
                {"Timestamp": NOW - minute, "SampleCount": 1.0, "Average": 3.0, "Maximum": 3.0, "Unit": "Percent"},
                {"Timestamp": NOW, "SampleCount": 4.0, "Average": 1.875, "Maximum": 2.0, "Unit": "Percent"},
            ],
        )
        # JSON has but one kind of number.
        if protocol != "json":
            equal([type(point["Average"]) for point in answer["Datapoints"]], [float, float])


@behaviour("get_metric_data and list_metrics, in each protocol")
def _():
    for protocol, watch in CLIENTS.items():
        listed = watch.list_metrics(Namespace=protocol)["Metrics"]
        equal(
            listed,
            [{"Namespace": protocol, "MetricName": "loss", "Dimensions": [{"Name": "Run", "Value": "<1> & ü"}]}],
        )
        for order, values in (("TimestampDescending", [2.0, 3.0]), ("TimestampAscending", [3.0, 2.0])):
            [result] = watch.get_metric_data(
                MetricDataQueries=[
                    {"Id": "m1", "MetricStat": {"Metric": listed[0], "Period": 60, "Stat": "Maximum"}}
                ],
                StartTime=NOW - HOUR,
                EndTime=NOW + HOUR,
                ScanBy=order,
            )["MetricDataResults"]
            equal((result["Id"], result["Label"], result["Values"]), ("m1", "loss", values))


@behaviour("an empty answer is empty, in each protocol")
def _():
    for watch in CLIENTS.values():
        equal(watch.get_metric_statistics(**question("Nothing"))["Datapoints"], [])
        equal(watch.list_metrics(Namespace="Nothing")["Metrics"], [])


@behaviour("errors have the service's codes and words, in each protocol")
def _():
    for watch in CLIENTS.values():
        with refused("InvalidParameterCombination", 400, "You have requested up to 2880 datapoints"):
            watch.get_metric_statistics(**question("Mine", StartTime=NOW - 47 * HOUR))
        with refused("InvalidParameterValue", 400, "StartTime must be less than"):
            watch.get_metric_statistics(**question("Mine", EndTime=NOW - 9 * HOUR))
        try:
            watch.get_metric_statistics(**question("Mine", EndTime=NOW - 9 * HOUR))
        except watch.exceptions.InvalidParameterValueException as error:
            includes(str(error), "StartTime")


@behaviour("a body that the client packs, in each protocol")
def _():
    for protocol, watch in CLIENTS.items():
        data = [{"MetricName": f"metric-{index:03}", "Value": index} for index in range(300)]
        watch.put_metric_data(Namespace=f"{protocol}-many", MetricData=data)
        pages = watch.get_paginator("list_metrics").paginate(Namespace=f"{protocol}-many")
        equal([one["MetricName"] for page in pages for one in page["Metrics"]], [one["MetricName"] for one in data])


@behaviour("all three were spoken")
def _():
    kinds = ["application/cbor", "application/x-amz-json-1.0", "application/x-www-form-urlencoded; charset=utf-8"]
    equal(sorted(kind.decode() if isinstance(kind, bytes) else kind for kind in spoken), kinds)


run()
