/** What goes wrong with MLflow inside a job, in words on standard error: each thing once. */

import { MlflowError } from "../mlflow/core/mlflow-error.ts";
import { isPassing } from "../mlflow/rest/retry.ts";

/** So many different problems are told. */
const MOST_TOLD = 20;

/** Nobody answered, or only that it cannot now: a later try may do better. */
export function mayPass(error: unknown): boolean {
  return (
    MlflowError.isInstance(error) &&
    (error.errorCode === "UNAVAILABLE" || isPassing(error.status ?? 0))
  );
}

/** Tells people, and remembers what it has told. */
export class Told {
  readonly #told = new Set<string>();
  #isDown: boolean = false;

  /** The server has answered: the next time that it does not is worth a word again. */
  answered(): void {
    this.#isDown = false;
  }

  /** Tells what went wrong, unless it was told before. */
  tell(error: unknown): void {
    const message = messageOf(error);
    if (mayPass(error)) {
      if (!this.#isDown) {
        print(`${message} What is logged is kept, and sent when it answers.`);
      }
      this.#isDown = true;
    } else if (!this.#told.has(message) && this.#told.size <= MOST_TOLD) {
      this.#told.add(message);
      print(this.#told.size > MOST_TOLD ? "More is not told." : message);
    }
  }
}

/** Says something at once: the process may end with the next statement. */
export function print(text: string): void {
  process.stderr.write(`MLflow: ${text}\n`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
