/** What is logged, cut into requests that a server takes. */

import type { LogBatch, Metric, Param, Tag } from "./entities.ts";
import { LIMITS } from "./limits.ts";

/** What a request has beside its entries: names, brackets and the run's id. */
const ENVELOPE_BYTES = 400;
/** `{"key":"","value":"","timestamp":1234567890123,"step":12345678},` and some room. */
const METRIC_BYTES = 110;
const TEXT_BYTES = 24;

/** One entry among others, in order. */
type Entry =
  | { readonly kind: "metrics"; readonly entry: Metric }
  | { readonly kind: "params"; readonly entry: Param }
  | { readonly kind: "tags"; readonly entry: Tag };

const MOST = {
  metrics: LIMITS.metricsPerBatch,
  params: LIMITS.paramsPerBatch,
  tags: LIMITS.tagsPerBatch,
} as const;

/**
 * Batches within the limits of `log-batch`: parameters and tags first, then metrics in their order.
 *
 * @param batch - any number of entries
 * @returns at least one batch when there is anything to log, else none
 */
export function splitBatch(batch: LogBatch): LogBatch[] {
  const entries: Entry[] = [
    ...(batch.params ?? []).map((entry) => ({ kind: "params" as const, entry })),
    ...(batch.tags ?? []).map((entry) => ({ kind: "tags" as const, entry })),
    ...(batch.metrics ?? []).map((entry) => ({ kind: "metrics" as const, entry })),
  ];
  const batches: LogBatch[] = [];
  let open = emptyBatch();
  let [count, bytes] = [0, ENVELOPE_BYTES];
  let params = new Set<string>();
  for (const each of entries) {
    const size = sizeOf(each);
    const full =
      count === LIMITS.entriesPerBatch ||
      open[each.kind].length === MOST[each.kind] ||
      bytes + size > LIMITS.requestBytes ||
      // Servers refuse a batch that names a parameter twice.
      (each.kind === "params" && params.has(each.entry.key));
    if (full && count > 0) {
      batches.push(open);
      open = emptyBatch();
      [count, bytes] = [0, ENVELOPE_BYTES];
      params = new Set();
    }
    if (each.kind === "params") params.add(each.entry.key);
    (open[each.kind] as unknown[]).push(each.entry);
    count += 1;
    bytes += size;
  }
  return count === 0 ? batches : [...batches, open];
}

function emptyBatch(): { metrics: Metric[]; params: Param[]; tags: Tag[] } {
  return { metrics: [], params: [], tags: [] };
}

/** Bytes in JSON: an upper bound, so that a request is never over the limit. */
function sizeOf(each: Entry): number {
  if (each.kind === "metrics") {
    return METRIC_BYTES + jsonBytes(each.entry.key);
  }
  return TEXT_BYTES + jsonBytes(each.entry.key) + jsonBytes(each.entry.value);
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}
