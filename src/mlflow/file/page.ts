/** Pages: some of many, and a token to go on from. */

import type { Page } from "../core/entities.ts";
import { invalid } from "../core/mlflow-error.ts";

/**
 * Some of many, from where a token says.
 *
 * @param items - all of them
 */
export function pageOf<T>(
  items: readonly T[],
  maxResults: number,
  pageToken: string | undefined,
): Page<T> {
  const start = offsetOf(pageToken);
  const end = start + maxResults;
  return {
    items: items.slice(start, end),
    ...(end < items.length && { nextPageToken: tokenOf(end) }),
  };
}

/** A token that says where to go on, in the form of MLflow's own. */
export function tokenOf(offset: number): string {
  return Buffer.from(JSON.stringify({ offset })).toString("base64");
}

/** Where a token says to go on. @throws MlflowError for one that is none */
export function offsetOf(token: string | undefined): number {
  if (token === undefined || token === "") return 0;
  try {
    const { offset } = JSON.parse(Buffer.from(token, "base64").toString()) as { offset: unknown };
    if (Number.isSafeInteger(offset) && (offset as number) >= 0) return offset as number;
  } catch {
    // It is no token of ours.
  }
  throw invalid("Invalid page token.");
}
