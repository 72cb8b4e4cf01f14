/** Artifacts of a program inside a job on their way: those that no server answered for are tried again later. */

import { stat } from "node:fs/promises";
import type { ArtifactSource } from "../mlflow/core/artifact-store.ts";
import type { CallOptions } from "../mlflow/core/tracking-store.ts";
import { linkedController } from "../training/abort.ts";
import { mayPass } from "./mlflow-told.ts";

/** A file among a run's artifacts, to be: what it holds, or where it lies. */
export type NewArtifact =
  | { readonly path: string; readonly bytes: Buffer }
  | { readonly path: string; readonly file: string };

/** Keeps one artifact. */
export type PutArtifact = (
  path: string,
  source: ArtifactSource,
  options: CallOptions,
) => Promise<void>;

/** How artifacts are sent. */
export interface UploadsOptions {
  /** The way to the run's artifacts. */
  readonly open: () => Promise<PutArtifact>;
  /** Ends all that goes on. */
  readonly signal: () => AbortSignal;
  /** Whether those that no server answered for are kept for later. */
  readonly keeps: boolean;
}

/** So many bytes are kept for later. */
const MOST_KEPT = 64 * 2 ** 20;

/** Artifacts on their way to one run. */
export class Uploads {
  readonly #options: UploadsOptions;
  readonly #kept: NewArtifact[] = [];
  #put: Promise<PutArtifact> | undefined;

  constructor(options: UploadsOptions) {
    this.#options = options;
  }

  /** How many are kept for later. */
  get waiting(): number {
    return this.#kept.length;
  }

  /**
   * Sends an artifact now.
   *
   * @throws what it fails with, even when it is kept for later
   */
  async add(artifact: NewArtifact, options: CallOptions): Promise<void> {
    try {
      await this.#send(artifact, options);
    } catch (error) {
      if (this.#options.keeps && mayPass(error) && this.#hasRoomFor(artifact)) {
        this.#kept.push(artifact);
      }
      throw error;
    }
  }

  /**
   * Sends what was kept.
   *
   * @throws the first error; what nobody answers for stays
   */
  async flush(): Promise<void> {
    const kept = this.#kept;
    while (kept[0] !== undefined) {
      try {
        await this.#send(kept[0], {});
      } catch (error) {
        if (!mayPass(error)) kept.shift();
        throw error;
      }
      kept.shift();
    }
  }

  async #send(artifact: NewArtifact, { signal }: CallOptions): Promise<void> {
    this.#put ??= this.#options.open().catch((error: unknown) => {
      // What failed is asked again.
      this.#put = undefined;
      throw error;
    });
    const put = await this.#put;
    // A file may have grown meanwhile.
    const source =
      "bytes" in artifact
        ? { bytes: artifact.bytes }
        : { file: artifact.file, size: (await stat(artifact.file)).size };
    const either = linkedController(this.#options.signal());
    const abort = (): void => either.abort(signal?.reason);
    signal?.addEventListener("abort", abort);
    try {
      signal?.throwIfAborted();
      await put(artifact.path, source, { signal: either.signal });
    } finally {
      signal?.removeEventListener("abort", abort);
      either.dispose();
    }
  }

  #hasRoomFor(artifact: NewArtifact): boolean {
    const bytes = [...this.#kept, artifact].map((each) =>
      "bytes" in each ? each.bytes.length : 0,
    );
    return bytes.reduce((sum, each) => sum + each, 0) <= MOST_KEPT;
  }
}
