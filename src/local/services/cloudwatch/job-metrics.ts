/** The metrics of training jobs, out of their journals: what the runner found in the log by the job's MetricDefinitions. */

import type { JobEntryOf } from "../sagemaker/job.ts";
import type { JobStore } from "../sagemaker/job-store.ts";
import {
  type ListedMetric,
  type Metric,
  type MetricFilter,
  type MetricSource,
  matches,
  type Sample,
} from "./metrics.ts";

const NAMESPACE = "/aws/sagemaker/TrainingJobs";
const JOB = "TrainingJobName";

/** The jobs' metrics. */
export function jobMetrics(jobs: JobStore): MetricSource {
  return {
    async list(filter) {
      if ((filter.namespace ?? NAMESPACE) !== NAMESPACE) return [];
      const named = filter.dimensions?.find(({ Name }) => Name === JOB)?.Value;
      const names = named === undefined ? await jobs.names() : [named];
      const found: ListedMetric[] = [];
      for (const job of names) found.push(...(await listOf(jobs, job, filter)));
      return found;
    },

    async *samples({ namespace, name, dimensions }, from, until) {
      const [first, ...others] = dimensions;
      if (namespace !== NAMESPACE || first?.Name !== JOB || others.length > 0) return;
      for (const entry of await metricsOf(jobs, first.Value)) {
        const { at } = entry;
        if (entry.name === name && at >= from && at < until) yield sampleOf(entry);
      }
    },
  };
}

async function listOf(jobs: JobStore, job: string, filter: MetricFilter): Promise<ListedMetric[]> {
  const lastAt = new Map<string, number>();
  for (const { name, at } of await metricsOf(jobs, job)) lastAt.set(name, at);
  return [...lastAt]
    .map(([name, at]) => ({
      metric: {
        ...{ namespace: NAMESPACE, name },
        dimensions: [{ Name: JOB, Value: job }],
      } satisfies Metric,
      lastAt: at,
    }))
    .filter(({ metric }) => matches(filter, metric));
}

async function metricsOf(jobs: JobStore, job: string): Promise<JobEntryOf<"metric">[]> {
  return (await jobs.entries(job)).filter((entry) => entry.type === "metric");
}

function sampleOf({ at, value, statistics }: JobEntryOf<"metric">): Sample {
  const one = { count: 1, sum: value, min: value, max: value };
  return { at, unit: "None", ...(statistics ?? one) };
}
