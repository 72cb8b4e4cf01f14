/** Metric definitions over log lines -> values with their steps. */

import type { LogEvent, MetricEvent, WarningEvent } from "./events.ts";

/** A metric, in the service's words. */
interface MetricDefinition {
  readonly Name?: string | undefined;
  readonly Regex?: string | undefined;
}

/**
 * A definition that begins with `.*` takes time that grows with the square of a line that does not match; beyond this many characters nobody
 * writes metrics.
 */
export const MATCHED_CHARACTERS = 8192;

interface Scanner {
  readonly name: string;
  readonly regex: RegExp;
  warned: boolean;
}

/** Finds metrics in log lines as SageMaker does: the first match of each definition in each line, its first group. */
export class MetricScanner {
  readonly #scanners: Scanner[] = [];
  readonly #steps = new Map<string, number>();
  readonly #pending: WarningEvent[] = [];

  /**
   * @param definitions - the job's `MetricDefinitions`
   * @param now - the time of what is told about the definitions themselves
   */
  constructor(definitions: readonly MetricDefinition[], now: Date) {
    for (const { Name: name = "", Regex: source = "" } of definitions) {
      try {
        this.#scanners.push({ name, regex: compile(source), warned: false });
      } catch (error) {
        this.#warn(
          now,
          `The metric definition ${name} cannot be read here: ${(error as Error).message}. ` +
            "SageMaker may still understand it; its values are not told as events.",
        );
      }
    }
  }

  /** What a line says: warnings first, each told once. */
  scan({ time, host, text }: LogEvent): (MetricEvent | WarningEvent)[] {
    const found: MetricEvent[] = [];
    const matched = text.slice(0, MATCHED_CHARACTERS);
    for (const scanner of this.#scanners) {
      const { name, regex } = scanner;
      const match = regex.exec(matched);
      const captured = match?.[1] ?? (match?.length === 1 ? match[0] : undefined);
      if (captured === undefined) {
        continue;
      }
      const value = toNumber(captured);
      if (value !== undefined) {
        const key = `${host}\n${name}`;
        const step = this.#steps.get(key) ?? 0;
        this.#steps.set(key, step + 1);
        found.push({ type: "metric", time, name, value, step, host });
      } else if (!scanner.warned) {
        scanner.warned = true;
        this.#warn(
          time,
          `The metric ${name} matched ${JSON.stringify(captured)}, which is not a number.`,
        );
      }
    }
    return [...this.warnings(), ...found];
  }

  /** What is to be told and was not yet. */
  warnings(): WarningEvent[] {
    return this.#pending.splice(0);
  }

  #warn(time: Date, message: string): void {
    this.#pending.push({ type: "warning", time, code: "metric-definition", message });
  }
}

/** The service's expressions are not JavaScript's: Python's names of groups and flags at the start are translated. */
function compile(source: string): RegExp {
  const [, flags = ""] = /^\(\?([ims]+)\)/.exec(source) ?? [];
  const body = source.replace(/^\(\?[ims]+\)/, "").replace(/\(\?P</g, "(?<");
  return new RegExp(body, flags);
}

/** JavaScript's numbers, and what Python and C print for those that are not finite. */
function toNumber(text: string): number | undefined {
  const word = text.trim().toLowerCase();
  const [, sign = "", name] = /^([+-]?)(nan|inf|infinity)$/.exec(word) ?? [];
  if (name === "nan") {
    return Number.NaN;
  }
  if (name !== undefined) {
    return sign === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const value = Number(word);
  return word === "" || Number.isNaN(value) ? undefined : value;
}
