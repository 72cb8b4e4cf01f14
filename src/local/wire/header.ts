/** Looks up a header of a request. */

import type { WireRequest } from "./message.ts";

/**
 * A header, or `undefined`.
 *
 * @param name - in lower case
 */
export function header(request: WireRequest, name: string): string | undefined {
  return request.headers[name];
}
