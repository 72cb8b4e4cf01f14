/** `artifacts/presigned-upload-url`: a URL of the local S3, for who uploads to it without keys. */

import { artifactPath } from "../../../mlflow/core/artifact-path.ts";
import { invalid, MlflowError } from "../../../mlflow/core/mlflow-error.ts";
import { parseS3Uri } from "../../../transfer/s3-uri.ts";
import { type Fields, optionalNumber, runIdOf, text } from "./fields.ts";
import type { Asked } from "./places.ts";

/** MLflow's default, in seconds. */
const GOOD_FOR = 900;

/**
 * The answer.
 *
 * @param fields - `runId`, `path`, and for how many seconds the URL is good as `expiration`
 * @throws MlflowError `NOT_IMPLEMENTED` when the run's artifacts are not in S3, or nobody listens
 */
export async function presignedUpload(
  { places, region, endpoint }: Pick<Asked, "places" | "region" | "endpoint">,
  fields: Fields,
): Promise<object> {
  const { artifactUri } = await places.store.getRunInfo(runIdOf(fields));
  const path = artifactPath(text(fields, "path"));
  if (path === "") throw invalid("Invalid path");
  if (!artifactUri.startsWith("s3://") || endpoint === undefined) {
    throw new MlflowError(
      "NOT_IMPLEMENTED",
      `There are no presigned uploads to ${artifactUri}${endpoint === undefined ? " while the local cloud does not listen" : ""}.`,
      { status: 501 },
    );
  }
  const { bucket, key } = parseS3Uri(`${artifactUri}/${path}`);
  const url = new URL(`${endpoint}/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`);
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
  const query = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    // Of keys that the local cloud did not issue, it looks at the time alone.
    "X-Amz-Credential": `local/${time.slice(0, 8)}/${region}/s3/aws4_request`,
    "X-Amz-Date": time,
    "X-Amz-Expires": String(optionalNumber(fields, "expiration") ?? GOOD_FOR),
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Signature": "0".repeat(64),
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return { presignedUrl: url.href, headers: {} };
}
