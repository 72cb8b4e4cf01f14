/** A page of an answer. */

import type { Page } from "../core/entities.ts";
import type { Answer } from "./rest-caller.ts";

/**
 * What an answer lists.
 *
 * @param name - of the list: `runs`
 * @param item - makes one of ours of one of MLflow's
 */
export function pageOf<T>(answer: Answer, name: string, item: (value: unknown) => T): Page<T> {
  const { next_page_token: token, [name]: items = [] } = answer;
  return {
    items: (items as unknown[]).map(item),
    ...(typeof token === "string" && token !== "" && { nextPageToken: token }),
  };
}
