/** What was seen of a job, and what a test reads in it. */

import type { JobName } from "./jobs.ts";

/** An engine by its own name. */
export const ENGINES = ["bubblewrap", "unshare", "proot", "process"] as const;
export type EngineName = (typeof ENGINES)[number];

/** Who runs the jobs. */
export const USERS = ["root", "an ordinary user"] as const;
export type User = (typeof USERS)[number];

/** One job, as it was seen from outside. */
export interface Evidence {
  /** `Refused` when it was not created. */
  readonly status: string;
  /** Why it failed or was refused; else empty. */
  readonly reason: string;
  /** The lines of each host's log. */
  readonly logs: readonly (readonly string[])[];
  /** The objects below its output path, by their names there. */
  readonly output: readonly string[];
  /** What the machine and S3 tell when it has ended. */
  readonly seen: Readonly<Partial<Record<string, string>>>;
}

/** What was seen of all jobs with one engine. */
export type Evidences = Readonly<Partial<Record<JobName, Evidence>>>;

/** A line of the worker's. */
export type WorkerLine =
  /** The engine does not work here, and why; nothing follows. */
  | { readonly missing: string }
  /** The greedy job waits: it goes on when there is a file of this name. */
  | { readonly greedy: { readonly mark: string; readonly go: string } }
  | { readonly evidence: Evidences };

/** What a host's program told by `fact NAME VALUE`; undefined when it did not come to that. */
export function fact(evidence: Evidence, name: string, host = 0): string | undefined {
  return facts(evidence, name, host)[0];
}

/** All that it told under one name. */
export function facts({ logs }: Evidence, name: string, host = 0): readonly string[] {
  const begin = `${name}=`;
  return (logs[host] ?? [])
    .filter((line) => line.startsWith(begin))
    .map((line) => line.slice(begin.length).trim());
}

/** `yes`, or nothing that anybody expects. */
export function yes(isSo: boolean): "yes" | undefined {
  return isSo ? "yes" : undefined;
}
