/** One line of a stream's file: a log event, or the mark that nothing more will come. */

/** A log event as it is kept. Times are milliseconds since 1970. */
export interface StoredLogEvent {
  /** When it happened. */
  readonly timestamp: number;
  /** What was printed, without its line end. */
  readonly message: string;
  /** When it was taken in. */
  readonly ingestionTime: number;
}

/** The mark at the end of a stream to which nothing more will come. */
export const END_LINE = '{"end":true}\n';

/** The service's limits on one page: events, and bytes of their messages with 26 more for each. */
export const PAGE_EVENTS = 10_000;
export const PAGE_BYTES: number = 1024 * 1024;
const EVENT_OVERHEAD = 26;

/** What an event counts against {@link PAGE_BYTES}. */
export function eventBytes(message: string): number {
  return Buffer.byteLength(message) + EVENT_OVERHEAD;
}

/** An event as a line. */
export function formatEvent(event: StoredLogEvent): string {
  const { timestamp, message, ingestionTime } = event;
  return `${JSON.stringify({ t: timestamp, i: ingestionTime, m: message })}\n`;
}

/** What a line says: an event, the end, or nothing (a header, or a line torn by a killed writer). */
export function parseLine(line: string): StoredLogEvent | "end" | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { t, i, m, end } = value as Partial<Record<string, unknown>>;
  if (end === true) return "end";
  return typeof t === "number" && typeof i === "number" && typeof m === "string"
    ? { timestamp: t, message: m, ingestionTime: i }
    : undefined;
}
