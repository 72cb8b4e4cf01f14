/** What prints events for people, loaded only when something is to be printed. */

import type { TrainingJobEvent } from "./events.ts";

/**
 * What is printed while a job is waited for: `All` is status lines, the log and rules' outcomes; `Training` leaves the
 * rules out, `Rules` the log; `None` prints nothing. As in Python, `true` is `All` and `false` is `None`.
 */
export type LogsOption = "All" | "Training" | "Rules" | "None" | boolean;

/** The figures below a job's last line. */
export interface JobSummary {
  /** Seconds of training on each instance. */
  readonly trainingSeconds?: number | undefined;
  /** Seconds paid for on each instance. */
  readonly billableSeconds?: number | undefined;
  /** How many instances. */
  readonly instances: number;
  /** Whether spot instances were asked for. */
  readonly spot: boolean;
}

/** Prints events. */
export interface Reporter {
  /** Prints a line of our own. */
  note(text: string): void;
  /** Prints an event, or not. */
  event(event: TrainingJobEvent): void;
  /** Prints the figures of a job that ended. */
  summary(summary: JobSummary): void;
  /** Leaves the terminal as it should be: no half line stays. */
  close(): void;
}

/** Python's booleans in words. */
export function logsInWords(logs: LogsOption): Exclude<LogsOption, boolean> {
  const words = typeof logs === "boolean" ? (logs ? "All" : "None") : logs;
  if (!["All", "Training", "Rules", "None"].includes(words)) {
    throw new RangeError(`logs: ${String(logs)} is none of "All", "Training", "Rules", "None".`);
  }
  return words;
}

/**
 * The console's reporter; `undefined` when nothing is to be printed.
 *
 * @param logs - what is to be printed
 */
export async function openReporter(logs: LogsOption): Promise<Reporter | undefined> {
  const words = logsInWords(logs);
  if (words === "None") {
    return undefined;
  }
  // biome-ignore lint/style/noRestrictedImports: the one lazy import of report/ in the core
  const { ConsoleReporter } = await import("../report/console-reporter.ts");
  return new ConsoleReporter({ logs: words });
}
