/** Where runs are found by their digest: one small object a run, in the default bucket. Names only. */

import type { Session } from "../../session.ts";
import { formatS3Uri, s3PathJoin } from "../../transfer/s3-uri.ts";

/**
 * Where a run's entry lies. Entries are written when a job is started, since nobody may be there to see its end: whether it
 * ended well is asked when it is looked up.
 *
 * @param session - whose default bucket
 * @param digest - the run's
 * @param jobName - the job's name; empty for the prefix of all runs of that digest
 * @param signal - ends the asking for the bucket's name
 */
export async function indexEntryUri(
  session: Session,
  digest: string,
  jobName: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const options = { ...(signal && { signal }) };
  const bucket = await session.defaultBucketName(options);
  const home = await session.defaultBucketPrefix(options);
  const prefix = s3PathJoin(home, "sagemaker-estimator/runs", digest, {
    withEndSlash: true,
  });
  return formatS3Uri({ bucket, key: `${prefix}${jobName === "" ? "" : `${jobName}.json`}` });
}
