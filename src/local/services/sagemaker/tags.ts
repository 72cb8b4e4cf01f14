/** The tags of a resource: what the service refuses of them, and pages of them (pure). */

import { ServiceError } from "../../wire/service-error.ts";
import type { Tag } from "./training-request.ts";

const MOST_TAGS = 50;
const DEFAULT_PAGE = 50;

/**
 * Refuses tags that the service refuses.
 *
 * @param current - what the resource has
 * @param added - what comes on top
 * @param what - the resource: `A training job`
 * @throws {@link ServiceError} `ValidationException` for names that AWS keeps for itself, `ResourceLimitExceeded` beyond 50
 */
export function checkTags(
  current: Readonly<Record<string, string>>,
  added: readonly Tag[],
  what: string,
): void {
  const reserved = added.find(({ Key }) => Key.toLowerCase().startsWith("aws:"));
  if (reserved !== undefined) {
    throw new ServiceError(
      "ValidationException",
      `Tag keys that start with aws: are reserved: ${reserved.Key}`,
    );
  }
  const count = new Set([...Object.keys(current), ...added.map(({ Key }) => Key)]).size;
  if (count > MOST_TAGS) {
    throw new ServiceError(
      "ResourceLimitExceeded",
      `${what} can have ${MOST_TAGS} tags, and this one would have ${count}.`,
    );
  }
}

/** A page of tags, by key. */
export function pageOfTags(
  tags: Readonly<Record<string, string>>,
  { NextToken, MaxResults = DEFAULT_PAGE }: { NextToken?: string; MaxResults?: number },
): { readonly Tags: readonly Tag[]; readonly NextToken?: string } {
  const after = NextToken === undefined ? "" : Buffer.from(NextToken, "base64url").toString("utf8");
  const rest = Object.entries(tags)
    .map(([Key, Value]) => ({ Key, Value }))
    .sort((left, right) => (left.Key < right.Key ? -1 : 1))
    .filter(({ Key }) => Key > after);
  const page = rest.slice(0, MaxResults);
  const last = page.at(-1);
  return {
    Tags: page,
    ...(last !== undefined &&
      page.length < rest.length && { NextToken: Buffer.from(last.Key).toString("base64url") }),
  };
}
