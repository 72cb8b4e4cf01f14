/** Requests that no honest client sends, each with the answer that AWS documents for it. */

import { AWS_CHUNKED, NUMBERS } from "./hostile-bodies.ts";
import { DOCUMENTS } from "./hostile-documents.ts";
import { BROKEN, SMUGGLING } from "./hostile-http.ts";
import { JOB_PATHS, PATHS, STRANGERS } from "./hostile-names.ts";
import type { HostileRequest } from "./request-shapes.ts";

/** All of them. */
export const HOSTILE_REQUESTS: readonly HostileRequest[] = [
  ...BROKEN,
  ...SMUGGLING,
  ...STRANGERS,
  ...JOB_PATHS,
  ...PATHS,
  ...DOCUMENTS,
  ...NUMBERS,
  ...AWS_CHUNKED,
];
