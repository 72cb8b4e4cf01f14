/** Progress: one redrawn line on a terminal, a line now and then in a pipe. */

import type { ProgressEvent } from "../training/events.ts";
import type { ReporterOutput } from "./output.ts";
import { progressLine } from "./words.ts";

const CLEAR = "\r\x1b[2K";
/** So often at most, in milliseconds. */
const REDRAW_MS = 100;
const REPEAT_MS = 5000;

/** The progress of what is under way. */
export class ProgressLine {
  readonly #output: ReporterOutput;
  readonly #now: () => number;
  #phase: string | undefined;
  /** The newest line, unless it stands printed already. */
  #newest: string | undefined;
  #drawn: boolean = false;
  /** What was done last: a transfer that tells its end twice has one line. */
  #doneKey = "";
  #at = 0;

  constructor(output: ReporterOutput, now: () => number) {
    this.#output = output;
    this.#now = now;
  }

  /** Takes news; what is done gets a line that stays. */
  show(event: ProgressEvent): void {
    const { phase, bytes, totalBytes, files, totalFiles } = event;
    const { raw } = this.#output;
    const key = `${phase} ${bytes} ${files} ${totalBytes}`;
    if (key === this.#doneKey) {
      return;
    }
    if (phase !== this.#phase) {
      this.end();
      this.#phase = phase;
      // A pipe's first line comes after a while: what takes less needs one line, its last.
      this.#at = raw === undefined ? this.#now() : Number.NEGATIVE_INFINITY;
    }
    this.#newest = progressLine(event);
    if (totalBytes !== undefined && bytes >= totalBytes && files >= (totalFiles ?? 1)) {
      this.#doneKey = key;
      this.end();
    } else if (this.#now() - this.#at >= (raw === undefined ? REPEAT_MS : REDRAW_MS)) {
      this.#at = this.#now();
      this.#draw();
    }
  }

  /** Prints something; a redrawn line stays below it. */
  printAbove(text: string): void {
    if (this.#drawn) {
      this.#output.raw?.(CLEAR);
    }
    this.#output.line(text);
    if (this.#drawn) {
      this.#draw();
    }
  }

  /** What was told last becomes a line that stays. */
  end(): void {
    if (this.#drawn) {
      this.#output.raw?.(CLEAR);
      this.#drawn = false;
    }
    if (this.#newest !== undefined) {
      this.#output.line(this.#newest);
      this.#newest = undefined;
    }
    this.#phase = undefined;
  }

  #draw(): void {
    const { raw, columns } = this.#output;
    if (this.#newest === undefined) {
      return;
    }
    if (raw === undefined) {
      this.#output.line(this.#newest);
      this.#newest = undefined;
      return;
    }
    // A line that wraps could not be redrawn: only its last row would be cleared.
    const room = Math.max(1, (columns?.() ?? 80) - 1);
    const line = this.#newest.length > room ? `${this.#newest.slice(0, room - 1)}…` : this.#newest;
    raw(`${CLEAR}${line}`);
    this.#drawn = true;
  }
}
