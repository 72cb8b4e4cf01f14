/** What a plan leaves to be done: uploads that know how to carry themselves out. Types. */

import type { Session } from "../session.ts";
import type { OnProgress } from "../transfer/progress.ts";
import type { PlannedUpload } from "./plan.ts";

/** What carrying out an upload is given. */
export interface StageContext {
  readonly session: Session;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** One upload of a plan. */
export interface PreparedUpload {
  /** As the plan shows it. */
  readonly planned: PlannedUpload;
  /** The SHA-256 of what is uploaded, names and contents, in hexadecimal. */
  readonly digest: string;
  /** It is to be carried out even when everything is there: something must still be done inside S3. Default: `false`. */
  readonly always?: boolean;
  /** Carries it out; what is there already is not sent again. */
  stage(context: StageContext): Promise<void>;
}
