/** What a feature of the permissions guide is. */

import type { PlaceName } from "./permission-places.ts";

/** Calls to one place. */
export interface Calls {
  /** `s3:HeadBucket`: the service by the name that requests are signed for, and the operation. */
  readonly operations: readonly string[];
  readonly place: PlaceName;
  /** What else is read: the source of a copy. */
  readonly source?: PlaceName;
}

/** A feature. */
export interface Feature {
  readonly id: string;
  /** How it is used. */
  readonly title: string;
  readonly calls: readonly Calls[];
  /** Actions that no call of ours bears the name of: the service looks whether the caller may. */
  readonly also?: readonly { readonly action: string; readonly place: PlaceName }[];
  /** What becomes of it without the permission. */
  readonly denied: string;
}

/** The calls of an upload in parts. */
export const PARTS = ["s3:CreateMultipartUpload", "s3:UploadPart", "s3:CompleteMultipartUpload"];
/** What becomes of most calls. */
export const FAILS = "The call fails, and its error names the action.";
