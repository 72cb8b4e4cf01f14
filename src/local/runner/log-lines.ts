/** From a program's output to log events: split on bytes, cut at the service's limit, one append for each turn of the event loop. */

import type { Readable } from "node:stream";
import type { LogStore } from "../services/logs/log-store.ts";

/** CloudWatch Logs' limit of an event is 262,144 bytes, of which 26 are not the message's. */
export const LINE_LIMIT = 262_118;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Splits bytes into lines. What is not UTF-8 becomes U+FFFD; a line is decoded as a whole, so no character is cut in two. */
export class LineSplitter {
  readonly #decoder = new TextDecoder();
  #rest: Buffer[] = [];
  #restLength = 0;

  /** The lines that `chunk` completes, without their line ends. Longer ones than the limit come as several. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#cutLong(lines);
      lines.push(...this.#takeLine());
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    this.#cutLong(lines);
    return lines;
  }

  /** The last line, when it has no line end. */
  end(): string[] {
    return this.#restLength === 0 ? [] : this.#takeLine();
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#rest.push(bytes);
    this.#restLength += bytes.length;
  }

  /** A carriage return at the very end may belong to the line's end: it waits for what follows. */
  #cutLong(lines: string[]): void {
    if (this.#restLength <= LINE_LIMIT + 1) return;
    let bytes = Buffer.concat(this.#rest);
    while (bytes.length > LINE_LIMIT + 1) {
      const end = characterStart(bytes, LINE_LIMIT);
      lines.push(this.#decoder.decode(bytes.subarray(0, end)));
      bytes = bytes.subarray(end);
    }
    this.#rest = [bytes];
    this.#restLength = bytes.length;
  }

  #takeLine(): string[] {
    const bytes = Buffer.concat(this.#rest);
    this.#rest = [];
    this.#restLength = 0;
    const line = bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
    // One byte over the limit may have waited here for a line feed that would have made it a line end.
    const end = line.length > LINE_LIMIT ? characterStart(line, LINE_LIMIT) : line.length;
    const parts = end < line.length ? [line.subarray(0, end), line.subarray(end)] : [line];
    return parts.map((part) => this.#decoder.decode(part));
  }
}

/** The last place at or before `index` where a character begins. What is no UTF-8 is cut anywhere. */
function characterStart(bytes: Buffer, index: number): number {
  for (let start = index; start > index - 4; start -= 1) {
    if (((bytes[start] ?? 0) & 0xc0) !== 0x80) return start;
  }
  return index;
}

/** Where a host's lines go. */
export interface LogTarget {
  readonly store: LogStore;
  readonly group: string;
  readonly stream: string;
}

/** Writes one host's log. */
export class HostLog {
  readonly #target: LogTarget;
  readonly #onLine: (line: string, timestamp: number) => void;
  #waiting: { timestamp: number; message: string }[] = [];
  #scheduled: NodeJS.Immediate | undefined;
  #last = 0;
  #begun: boolean = false;

  /** @param onLine - sees each line as it is logged */
  constructor(target: LogTarget, onLine: (line: string, timestamp: number) => void) {
    this.#target = target;
    this.#onLine = onLine;
  }

  /** Logs all that comes out of `output`, until its end. */
  async follow(output: Readable): Promise<void> {
    this.#begun = true;
    const splitter = new LineSplitter();
    await new Promise<void>((resolve) => {
      output.on("data", (chunk: Buffer) => {
        for (const line of splitter.push(chunk)) this.write(line);
      });
      // Destroyed, or broken: what came until then counts.
      output.once("error", () => resolve());
      output.once("close", () => resolve());
    });
    for (const line of splitter.end()) this.write(line);
    this.#flush();
  }

  /** Logs one line. */
  write(message: string): void {
    this.#begun = true;
    // Times never go back, even when the clock does.
    const timestamp = Math.max(this.#last, Date.now());
    this.#last = timestamp;
    this.#waiting.push({ timestamp, message });
    this.#onLine(message, timestamp);
    this.#scheduled ??= setImmediate(() => this.#flush());
  }

  /** Ends the log: nothing more will come. A host that never started has none. */
  close(): void {
    if (!this.#begun) return;
    this.#flush();
    this.#target.store.closeStream(this.#target.group, this.#target.stream);
  }

  #flush(): void {
    if (this.#scheduled !== undefined) clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    const events = this.#waiting;
    this.#waiting = [];
    this.#target.store.append(this.#target.group, this.#target.stream, events);
  }
}
