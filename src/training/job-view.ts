/** What was seen of a training job last, as HTML for notebooks. Pure. */

import { instanceCount } from "./end-of-job.ts";
import { escaped } from "./plan-html.ts";
import { duration } from "./plan-view.ts";
import type { JobDescription } from "./status-poller.ts";

/** Notebooks set tables on the right. */
const LEFT = 'style="text-align: left; vertical-align: top"';

/**
 * A job as a table.
 *
 * @param name - its name
 * @param seen - what the service said of it last, if it was asked
 */
export function jobHtml(name: string, seen: JobDescription | undefined): string {
  const { TrainingJobStatus, SecondaryStatus, FailureReason, ResourceConfig } = seen ?? {};
  const { TrainingTimeInSeconds, BillableTimeInSeconds, ModelArtifacts } = seen ?? {};
  const metrics = (seen?.FinalMetricDataList ?? []).map(
    ({ MetricName, Value }) => `${MetricName} = ${Value}`,
  );
  const lines: [label: string, text: string | undefined][] = [
    ["Training job", name],
    ["Status", TrainingJobStatus && `${TrainingJobStatus} - ${SecondaryStatus}`],
    ["Reason", FailureReason],
    [
      "Instances",
      seen && `${instanceCount(seen)} x ${ResourceConfig?.InstanceType ?? "of several types"}`,
    ],
    ["Trained for", time(TrainingTimeInSeconds)],
    ["Billed", time(BillableTimeInSeconds)],
    ["Metrics", metrics.join(", ")],
    ["Model", ModelArtifacts?.S3ModelArtifacts],
  ];
  const rows = lines.flatMap(([label, text]) =>
    text ? [`<tr><th ${LEFT}>${label}</th><td ${LEFT}>${escaped(text)}</td></tr>`] : [],
  );
  return `<table ${LEFT}>${rows.join("")}</table>`;
}

function time(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : duration(seconds);
}
