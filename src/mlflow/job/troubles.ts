/** What goes wrong with a part of a run is no reason to leave out the rest, and its end above all. */

import { isRefusal } from "../core/mlflow-error.ts";

/** Troubles that are told when all else is done. */
export class Troubles {
  readonly #signal: AbortSignal | undefined;
  readonly #errors: unknown[] = [];

  /** @param signal - of the whole work: an abort is no trouble, and ends it */
  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** Does what may be refused; anything else that it fails with is thrown now, as what follows would fail too. */
  async during(work: () => Promise<unknown>): Promise<void> {
    await this.beside(work, isRefusal);
  }

  /** Does what may fail by itself: artifacts may lie where this process may not write. */
  async beside(
    work: () => Promise<unknown>,
    isBearable: (error: unknown) => boolean = () => true,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (!isBearable(error)) {
        throw error;
      }
      this.#errors.push(error);
    }
  }

  /** @throws the first that was no refusal: another time it may do */
  throwOther(): void {
    this.#throw(this.#errors.filter((error) => !isRefusal(error)));
  }

  /** @throws the first refusal: no other time will do */
  throwRefusal(): void {
    this.#throw(this.#errors.filter(isRefusal));
  }

  #throw(errors: readonly unknown[]): void {
    if (errors.length > 0) {
      throw errors[0];
    }
  }
}
