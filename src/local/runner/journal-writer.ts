/** What the runner writes into its job's journal, in the order of its happening. */

import type { JobEntry } from "../services/sagemaker/job.ts";
import type { JobStore } from "../services/sagemaker/job-store.ts";

/** Appends entries one after another. A failure is kept until {@link JournalWriter.settled} tells it. */
export class JournalWriter {
  readonly #store: JobStore;
  readonly #name: string;
  #tail: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(store: JobStore, name: string) {
    this.#store = store;
    this.#name = name;
  }

  /** Appends entries after all that were given before. */
  write(...entries: readonly JobEntry[]): void {
    if (entries.length === 0) return;
    this.#tail = this.#tail
      .then(() => this.#store.append(this.#name, ...entries))
      .catch((error: unknown) => {
        this.#failure ??= error;
      });
  }

  /** The job passes to another status. */
  status(status: "InProgress" | "Stopping", secondaryStatus: string, message: string): void {
    this.write({ type: "status", at: Date.now(), status, secondaryStatus, message });
  }

  /** Something that the job's owner should know. */
  warn(code: string, message: string): void {
    this.write({ type: "warning", at: Date.now(), code, message });
  }

  /** When all is on disk. @throws the first failure */
  async settled(): Promise<void> {
    await this.#tail;
    if (this.#failure !== undefined) throw this.#failure;
  }
}
