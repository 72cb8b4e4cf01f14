/** Whether the model that a package names is there: the service looks before it takes the package. */

import type { SageMakerContext } from "../context.ts";
import type { UpdatePackageInput } from "./package-rules.ts";
import { invalid } from "./registry.ts";

/**
 * Refuses a request one of whose containers names a model that is not in S3.
 *
 * @throws ServiceError `ValidationException` in the service's words
 */
export async function requireModelData(
  context: SageMakerContext,
  { InferenceSpecification: inference }: UpdatePackageInput,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { ModelDataUrl: url, ModelDataSource: source } of inference?.Containers ?? []) {
    const { S3Uri, S3DataType } = source?.S3DataSource ?? {};
    if (url !== undefined) await requireObject(context, url, false, signal);
    if (S3Uri !== undefined) {
      await requireObject(context, S3Uri, S3DataType === "S3Prefix", signal);
    }
  }
}

async function requireObject(
  { objects, upstream }: SageMakerContext,
  uri: string,
  isPrefix: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const [, bucket = "", key = ""] = /^s3:\/\/([^/]+)\/?(.*)$/su.exec(uri) ?? [];
  // One by its address on the web is not looked at.
  if (bucket === "") return;
  const isThere = async (): Promise<boolean> => {
    if ((await objects.bucket(bucket)) === undefined) return false;
    return isPrefix
      ? (await objects.list(bucket, { prefix: key, limit: 1 })).objects.length > 0
      : (await objects.get(bucket, key)) !== undefined;
  };
  if (await isThere()) return;
  await upstream?.fetch(bucket, key, signal);
  if (upstream !== undefined && (await isThere())) return;
  const aside =
    upstream === undefined
      ? " The local S3 holds only what was put there."
      : " Neither the local S3 nor the upstream one has it.";
  throw invalid(
    `Cannot find S3 object: ${key} in bucket ${bucket}. ` +
      `Please check if your S3 object exists and has proper permissions for SageMaker.${aside}`,
  );
}
