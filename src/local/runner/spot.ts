/** Spot instances that are taken away when a test wants it. */

import type { SpotPlan } from "../services/sagemaker/job.ts";

/** The interruptions of one job, one attempt after another. */
export class SpotInterrupter {
  readonly #afterSeconds: readonly number[];
  /** Each is used once. */
  #whenLogged: readonly RegExp[];
  #attempts = 0;
  #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  /** @param plan - none: nothing is ever interrupted */
  constructor(plan: SpotPlan | undefined) {
    this.#afterSeconds = plan?.afterSeconds ?? [];
    this.#whenLogged = (plan?.whenLogged ?? []).map(
      ({ source, flags }) => new RegExp(source, flags),
    );
  }

  /**
   * The training of an attempt begins.
   *
   * @returns what aborts when its instances are reclaimed
   */
  begin(): AbortSignal {
    const controller = new AbortController();
    this.#controller = controller;
    const seconds = this.#afterSeconds[this.#attempts];
    this.#attempts += 1;
    if (seconds !== undefined) {
      this.#timer = setTimeout(() => controller.abort(), seconds * 1000);
    }
    return controller.signal;
  }

  /** A line was logged. */
  saw(line: string): void {
    if (this.#controller.signal.aborted) return;
    const hit = this.#whenLogged.find((pattern) => pattern.test(line));
    if (hit === undefined) return;
    this.#whenLogged = this.#whenLogged.filter((pattern) => pattern !== hit);
    this.#controller.abort();
  }

  /** The attempt is over. @returns whether it was interrupted */
  end(): boolean {
    clearTimeout(this.#timer);
    return this.#controller.signal.aborted;
  }
}
