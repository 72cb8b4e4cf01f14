/** What has become of a job: its journal, folded. */

import type { JobEntry, JobEntryOf, JobRecord } from "./job.ts";

/** A stretch of time in one secondary status. Times are milliseconds since 1970. */
interface Transition {
  readonly status: string;
  readonly start: number;
  /** When the next began; of the last one only when the job has ended. */
  readonly end: number | undefined;
  readonly message: string;
}

/** A job as it stands. */
export interface JobState {
  readonly status: "InProgress" | "Stopping" | JobEntryOf<"end">["status"];
  readonly secondaryStatus: string;
  readonly transitions: readonly Transition[];
  readonly lastModified: number;
  readonly trainingStart: number | undefined;
  readonly end: JobEntryOf<"end"> | undefined;
  /** The last value of each metric. */
  readonly metrics: readonly JobEntryOf<"metric">[];
  readonly tags: Readonly<Record<string, string>>;
  /** What UpdateTrainingJob has changed of the request, the last word of each member. */
  readonly updated: Readonly<Record<string, unknown>>;
}

/** So many metrics a job can define, and Describe tells. */
const MOST_METRICS = 40;

/**
 * The state that a journal tells.
 *
 * @param record - what was fixed when the job was created
 * @param entries - as `JobStore.entries()` gives them
 */
export function foldJob(record: JobRecord, entries: readonly JobEntry[]): JobState {
  let status: JobState["status"] = "InProgress";
  let secondaryStatus = "Starting";
  let lastModified = record.createdAt;
  let trainingStart: number | undefined;
  let end: JobEntryOf<"end"> | undefined;
  const transitions: Transition[] = [];
  const metrics = new Map<string, JobEntryOf<"metric">>();
  const tags = new Map<string, string>();
  const updated: Record<string, unknown> = {};

  const pass = (at: number, secondary: string, message: string): void => {
    const last = transitions.at(-1);
    if (last?.status === secondary) {
      // The service keeps one transition while the status stays, and gives it the new message.
      transitions[transitions.length - 1] = { ...last, message };
    } else {
      if (last !== undefined) transitions[transitions.length - 1] = { ...last, end: at };
      transitions.push({ status: secondary, start: at, end: undefined, message });
    }
    secondaryStatus = secondary;
    lastModified = Math.max(lastModified, at);
  };

  for (const entry of entries) {
    switch (entry.type) {
      case "status":
        status = entry.status;
        pass(entry.at, entry.secondaryStatus, entry.message);
        break;
      case "stop-requested":
        // The service says Stopping as soon as it was asked.
        status = "Stopping";
        pass(entry.at, "Stopping", "Stopping the training job");
        break;
      case "update":
        for (const [member, value] of Object.entries(entry.request)) {
          updated[member] = merged(updated[member], value);
        }
        lastModified = Math.max(lastModified, entry.at);
        break;
      case "training-started":
        trainingStart ??= entry.at;
        break;
      case "metric":
        metrics.set(entry.name, entry);
        break;
      case "tags":
        for (const [key, value] of Object.entries(entry.tags)) tags.set(key, value);
        break;
      case "untag":
        for (const key of entry.keys) tags.delete(key);
        break;
      case "end": {
        end = entry;
        status = entry.status;
        pass(entry.at, entry.secondaryStatus, entry.message);
        const last = transitions.at(-1);
        if (last !== undefined) transitions[transitions.length - 1] = { ...last, end: entry.at };
        break;
      }
      case "launched":
      case "runner":
      case "engine":
      case "warning":
        break;
    }
  }
  return {
    status,
    secondaryStatus,
    transitions,
    lastModified,
    trainingStart,
    end,
    metrics: [...metrics.values()].slice(0, MOST_METRICS),
    tags: Object.fromEntries(tags),
    updated,
  };
}

/** Of a structure, what the later one does not name stays; lists and plain values are replaced as a whole. */
export function merged(before: unknown, after: unknown): unknown {
  return isStructure(before) && isStructure(after) ? { ...before, ...after } : after;
}

function isStructure(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
