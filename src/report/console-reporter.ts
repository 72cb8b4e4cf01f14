/** Prints a job's events for people: on a terminal, in a pipe, in a notebook. */

import type { TrainingJobEvent } from "../training/events.ts";
import { harmlessLines } from "./harmless.ts";
import { type ReporterOutput, standardOutput } from "./output.ts";
import { ProgressLine } from "./progress-line.ts";
import { type SummaryFigures, statusLine, summaryLines } from "./words.ts";

/** What a reporter prints, and where. */
export interface ConsoleReporterOptions {
  /** `All`: status lines, log, rules. `Training` leaves the rules out, `Rules` the log. Default: `All`. */
  readonly logs?: "All" | "Training" | "Rules" | undefined;
  /** Default: standard output. */
  readonly output?: ReporterOutput | undefined;
  /** Milliseconds since 1970. Default: the machine's time. */
  readonly now?: (() => number) | undefined;
}

/** Python's colours for hosts. */
const COLOURS = [34, 35, 32, 36, 33];

/** Prints events: one line each, and progress below them. */
export class ConsoleReporter {
  readonly #logs: "All" | "Training" | "Rules";
  readonly #output: ReporterOutput;
  readonly #progress: ProgressLine;
  readonly #prefixes = new Map<string, string>();

  /** @param options - what to print, and where */
  constructor(options: ConsoleReporterOptions = {}) {
    this.#logs = options.logs ?? "All";
    this.#output = options.output ?? standardOutput();
    this.#progress = new ProgressLine(this.#output, options.now ?? Date.now);
  }

  /** Prints a line of our own, e.g. the name of the job that was started. */
  note(text: string): void {
    this.#progress.printAbove(harmlessLines(text).join(" "));
  }

  /** Prints an event, unless it is one of those that were not asked for. */
  event(event: TrainingJobEvent): void {
    switch (event.type) {
      case "status":
        this.#progress.printAbove(harmlessLines(statusLine(event)).join(" "));
        break;
      case "log":
        this.#printLog(event.host, event.text);
        break;
      case "warning":
        this.#printWarning(event.code, event.message);
        break;
      case "note":
        this.note(event.message);
        break;
      case "progress":
        this.#progress.show(event);
        break;
      case "metric":
      case "end":
        // The line that a metric was found in is printed, and so is the last status.
        break;
    }
  }

  /** Prints the figures of a job that ended. */
  summary(figures: SummaryFigures): void {
    for (const line of summaryLines(figures)) {
      this.#progress.printAbove(line);
    }
  }

  /** Leaves no half line behind. */
  close(): void {
    this.#progress.end();
  }

  #printLog(host: string, text: string): void {
    if (this.#logs === "Rules") {
      return;
    }
    for (const line of harmlessLines(text)) {
      this.#progress.printAbove(`${this.#prefix(host)} ${line}`);
    }
  }

  #printWarning(code: string, message: string): void {
    const words = harmlessLines(message).join(" ");
    if (code === "local-engine") {
      this.#progress.printAbove(words);
    } else if (code !== "rule-status") {
      this.#progress.printAbove(`Warning: ${words}`);
    } else if (this.#logs !== "Training") {
      this.#progress.printAbove(words);
    }
  }

  #prefix(host: string): string {
    let prefix = this.#prefixes.get(host);
    if (prefix === undefined) {
      const plain = `[${harmlessLines(host).join(" ")}]`;
      const colour = COLOURS[this.#prefixes.size % COLOURS.length] ?? 34;
      prefix = this.#output.colour ? `\x1b[${colour}m${plain}\x1b[0m` : plain;
      this.#prefixes.set(host, prefix);
    }
    return prefix;
  }
}
