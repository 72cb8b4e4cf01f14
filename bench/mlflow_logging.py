"""MLflow's own client for the benchmark: a line of JSON in for each work, the seconds that it took out."""

import json
import os
import sys
import time

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"

from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import Metric  # noqa: E402

clients = {}
print("ready", flush=True)
for line in sys.stdin:
    work = json.loads(line)
    uri, points = work["trackingUri"], work["points"]
    client = clients.setdefault(uri, MlflowClient(tracking_uri=uri))
    run_id = client.create_run("0").info.run_id
    started = time.perf_counter()
    if work["oneAtATime"]:
        for step in range(points):
            client.log_metric(run_id, "loss", step / 7, step=step)
    else:
        now = int(time.time() * 1000)
        for first in range(0, points, 1000):
            batch = [Metric("loss", s / 7, now, s) for s in range(first, min(first + 1000, points))]
            client.log_batch(run_id, metrics=batch)
    seconds = time.perf_counter() - started
    client.set_terminated(run_id)
    print(json.dumps(seconds), flush=True)
