/** Experiments and runs as a client gives them: tags, parameters and metrics by name. */

import type { ExperimentRecord, LifecycleStage, RunInfo, RunRecord } from "./core/entities.ts";

/** An experiment. */
export interface Experiment {
  /** Names it in calls. */
  readonly experimentId: string;
  /** Names it for people; no other experiment of the store has it. */
  readonly name: string;
  /** Where its runs keep their artifacts. */
  readonly artifactLocation: string;
  /** Whether it was deleted. */
  readonly lifecycleStage: LifecycleStage;
  /** Milliseconds since 1970. */
  readonly creationTime?: number;
  /** Milliseconds since 1970. */
  readonly lastUpdateTime?: number;
  /** By their keys. */
  readonly tags: Readonly<Record<string, string>>;
}

/** A run, with what was logged to it. */
export interface Run {
  /** What is known of it beside what was logged. */
  readonly info: RunInfo;
  /** What was logged to it. */
  readonly data: {
    /** The last value of each metric. */
    readonly metrics: Readonly<Record<string, number>>;
    /** By their keys. */
    readonly params: Readonly<Record<string, string>>;
    /** By their keys. */
    readonly tags: Readonly<Record<string, string>>;
  };
  /** Which data went into it. */
  readonly inputs: RunRecord["inputs"];
}

/** @internal */
export function experimentOf({ tags, ...rest }: ExperimentRecord): Experiment {
  return { ...rest, tags: byKey(tags) };
}

/** @internal */
export function runOf({ info, data, inputs }: RunRecord): Run {
  const { metrics, params, tags } = data;
  return {
    info,
    data: { metrics: byKey(metrics), params: byKey(params), tags: byKey(tags) },
    inputs,
  };
}

function byKey<T>(
  entries: readonly { readonly key: string; readonly value: T }[],
): Record<string, T> {
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}
