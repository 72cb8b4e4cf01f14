/** What will be run, as a value: the request, the uploads, everything that is wrong, the most it can cost. */

import { inspect } from "node:util";
import type { Finding } from "../errors.ts";
import type { CostCeiling } from "./cost.ts";
import { JUPYTER_DISPLAY, type PlanTextOptions, terminalWidth } from "./display.ts";
import { planHtml } from "./plan-html.ts";
import { planText } from "./plan-text.ts";
import { type PlanView, planView } from "./plan-view.ts";
import type { TrainingJobRequest } from "./request.ts";
import { soundRequest } from "./sound-request.ts";

/** One channel's files that would be staged to S3. */
export interface PlannedUpload {
  /** The channel. */
  readonly channel: string;
  /** The local file or folder; `JSON` for a value. */
  readonly source: string;
  /** The prefix that the files would lie under. */
  readonly uri: string;
  /** How many files. */
  readonly files: number;
  /** Their size in all, in bytes. */
  readonly bytes: number;
  /** Whether all of it is there already; `undefined` when that was not asked. */
  readonly present: boolean | undefined;
}

/** The parts of a {@link TrainingPlan}. */
export interface TrainingPlanParts {
  /** The exact CreateTrainingJob request. */
  readonly request: TrainingJobRequest;
  /** What would be staged. */
  readonly uploads: readonly PlannedUpload[];
  /** Everything that is wrong, or worth knowing. */
  readonly findings: readonly Finding[];
  /** The most that the job can cost. */
  readonly costCeiling: CostCeiling;
}

/**
 * What `fit()` would do, before anything is done.
 *
 * @example
 * ```ts
 * const plan = await estimator.plan({ train: "data/train.csv" });
 * console.log(String(plan));
 * if (plan.findings.some(({ severity }) => severity === "error")) process.exitCode = 1;
 * ```
 */
export class TrainingPlan implements TrainingPlanParts {
  /** The exact CreateTrainingJob request. */
  readonly request: TrainingJobRequest;
  /** What would be staged. */
  readonly uploads: readonly PlannedUpload[];
  /** Everything that is wrong, or worth knowing. */
  readonly findings: readonly Finding[];
  /** The most that the job can cost. */
  readonly costCeiling: CostCeiling;

  /** @internal */
  constructor(parts: TrainingPlanParts) {
    this.request = parts.request;
    this.uploads = parts.uploads;
    this.findings = parts.findings;
    this.costCeiling = parts.costCeiling;
  }

  /**
   * The plan for people, as an aligned table: sizes and times in words, long lists cut with a count. Values of the environment are
   * left out, and so are hyperparameters other than numbers and truth values; `request` has them all.
   *
   * @param options - `width`: characters a line. Default: the terminal's, or 100 where there is none
   */
  toString(options: PlanTextOptions = {}): string {
    return planText(this.#view(), options.width ?? terminalWidth());
  }

  /**
   * The same as an HTML table, for notebooks. Deno's show it by themselves; in tslab's: `tslab.display.html(plan.toHtml())`.
   *
   * @example
   * ```ts
   * import { display } from "tslab";
   * display.html(plan.toHtml());
   * ```
   */
  toHtml(): string {
    return planHtml(this.#view());
  }

  #view(): PlanView {
    return planView({ ...this, request: soundRequest(this.request) });
  }

  /** What `console.log` shows, and a notebook's last expression. @internal */
  [inspect.custom](): string {
    return this.toString();
  }

  /** What Deno's notebooks show. @internal */
  [JUPYTER_DISPLAY](): Readonly<Record<string, string>> {
    return { "text/plain": this.toString(), "text/html": this.toHtml() };
  }
}
