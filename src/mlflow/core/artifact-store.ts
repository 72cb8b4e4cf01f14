/** What a place that artifacts lie in can do: a server's proxy, a folder, S3. */

import type { FileInfo } from "./entities.ts";
import type { CallOptions } from "./tracking-store.ts";

/** A file to be kept: what it holds, or where it lies. */
export type ArtifactSource =
  | { readonly bytes: Buffer }
  | { readonly file: string; readonly size: number };

/** The artifacts of one run. Paths are below them, with `/`. */
export interface ArtifactStore {
  /** Keeps a file, whole, in place of what lies there. */
  put(path: string, source: ArtifactSource, options: CallOptions): Promise<void>;
  /** What lies directly in a folder; nothing when there is none. `""` is the run's artifacts. */
  list(folder: string, options: CallOptions): Promise<FileInfo[]>;
  /** Brings a file to a path that is not there yet. */
  get(path: string, toFile: string, options: CallOptions): Promise<void>;
}
