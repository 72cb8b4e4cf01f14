/** How far a transfer is: bytes, files, rate over the last seconds, time left; told a few times a second at most. */

import type { ProgressEvent } from "../training/events.ts";

/** Takes progress. */
export type OnProgress = (event: ProgressEvent) => void;

/** What is measured. */
export interface ProgressOptions {
  /** `stage` or `download`. */
  readonly phase: ProgressEvent["phase"];
  /** Bytes in all, when known. */
  readonly totalBytes?: number;
  /** Files in all, when known. */
  readonly totalFiles?: number;
  /** Takes the events. Default: nothing is told. */
  readonly onProgress?: OnProgress | undefined;
  /** The least time between two events, in milliseconds. Default: 200. */
  readonly intervalMs?: number;
  /** The clock, in milliseconds. Default: `Date.now`. */
  readonly now?: () => number;
}

/** The rate is that of the last seconds, so that a stall shows. */
const WINDOW_MS = 5000;

/** Counts what was transferred, and tells it. */
export class ProgressMeter {
  readonly #options: ProgressOptions;
  readonly #now: () => number;
  /** When and where the count was, over the window; the first is the start. */
  #samples: { readonly time: number; readonly bytes: number }[];
  #bytes = 0;
  #files = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#samples = [{ time: this.#now(), bytes: 0 }];
  }

  /**
   * Counts bytes.
   *
   * @param bytes - how many; negative when some were lost and come again
   */
  addBytes(bytes: number): void {
    this.#bytes += bytes;
    this.#tell(false);
  }

  /** Counts a file as done. */
  addFile(): void {
    this.#files += 1;
    this.#tell(false);
  }

  /** Tells the last state, whenever the one before was told. */
  end(): void {
    this.#tell(true);
  }

  #tell(isLast: boolean): void {
    const { onProgress, phase, totalBytes, totalFiles, intervalMs = 200 } = this.#options;
    const time = this.#now();
    if (onProgress === undefined || (!isLast && time - this.#toldAt < intervalMs)) {
      return;
    }
    this.#toldAt = time;
    const bytesPerSecond = this.#rate(time);
    onProgress({
      type: "progress",
      time: new Date(time),
      phase,
      bytes: this.#bytes,
      ...(totalBytes !== undefined && { totalBytes }),
      files: this.#files,
      ...(totalFiles !== undefined && { totalFiles }),
      bytesPerSecond,
      ...(totalBytes !== undefined &&
        bytesPerSecond > 0 && {
          secondsLeft: Math.max(0, totalBytes - this.#bytes) / bytesPerSecond,
        }),
    });
  }

  #rate(time: number): number {
    this.#samples.push({ time, bytes: this.#bytes });
    // The last sample before the window stays, so that the window is covered whole.
    const first = this.#samples.findLastIndex((sample) => sample.time <= time - WINDOW_MS);
    this.#samples = this.#samples.slice(Math.max(0, first));
    const oldest = this.#samples[0] ?? { time, bytes: this.#bytes };
    const seconds = (time - oldest.time) / 1000;
    return seconds > 0 ? Math.max(0, this.#bytes - oldest.bytes) / seconds : 0;
  }
}
