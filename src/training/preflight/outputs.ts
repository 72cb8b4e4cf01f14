/** Whether what the job writes, and its code, has a bucket to go to. Inspection only: nothing is written. */

import type { Finding } from "../../errors.ts";
import { parseS3Uri, s3UriProblem } from "../../transfer/s3-uri.ts";
import type { TrainingJobRequest } from "../request.ts";
import type { BucketSight, Buckets } from "./buckets.ts";
import type { Check } from "./check.ts";

/** A place that something is written to. */
export interface OutputPlace {
  /** The option that names it. */
  readonly path: string;
  /** What goes there: `output`. */
  readonly what: string;
  /** What the role does there. */
  readonly use: "read" | "write";
  readonly uri: string;
}

/** What the checks need. */
export interface OutputContext {
  readonly buckets: Buckets;
  /** The job's region; `undefined` where regions mean nothing: another server answers for S3. */
  readonly region: string | undefined;
  /** The bucket that `fit()` makes if it is not there. */
  readonly defaultBucket: string | undefined;
}

/**
 * The places that a request names to be written to.
 *
 * @param request - the request
 * @param codeLocation - where the caller lays the code, which the job reads
 */
export function outputPlaces(
  request: TrainingJobRequest,
  codeLocation: string | undefined,
): OutputPlace[] {
  const named: [path: string, what: string, uri: string | undefined][] = [
    ["outputPath", "output", request.OutputDataConfig?.S3OutputPath],
    ["checkpointS3Uri", "checkpoint", request.CheckpointConfig?.S3Uri],
    ["tensorboardOutputConfig", "TensorBoard", request.TensorBoardOutputConfig?.S3OutputPath],
    ["debuggerHookConfig", "debugger", request.DebugHookConfig?.S3OutputPath],
    ["profilerConfig", "profiler", request.ProfilerConfig?.S3OutputPath],
    ["codeLocation", "code", codeLocation],
  ];
  return named.flatMap(([path, what, uri]) =>
    uri === undefined || s3UriProblem(uri) !== undefined
      ? []
      : [{ path, what, uri, use: path === "codeLocation" ? "read" : "write" }],
  );
}

/**
 * One check a bucket: several options that name the same are told of once.
 *
 * @param places - what is written where
 * @param context - the buckets, and where the job runs
 */
export function outputChecks(places: readonly OutputPlace[], context: OutputContext): Check[] {
  const byBucket = new Map<string, OutputPlace>();
  for (const place of places) {
    const { bucket } = parseS3Uri(place.uri);
    if (!byBucket.has(bucket)) byBucket.set(bucket, place);
  }
  return [...byBucket].map(
    ([bucket, place]): Check => ({
      path: place.path,
      what: `whether the ${place.what} bucket ${bucket} is there`,
      async run(signal) {
        const sight = await context.buckets.look(bucket, signal);
        return outputFindings(bucket, place, sight, context);
      },
    }),
  );
}

function outputFindings(
  bucket: string,
  { path, what, use }: OutputPlace,
  sight: BucketSight,
  { region, defaultBucket }: OutputContext,
): Finding[] {
  if (sight.state === "missing") {
    return bucket === defaultBucket
      ? []
      : [
          {
            severity: "error",
            path,
            message: `There is no bucket ${bucket}: the ${what} could not be kept (NoSuchBucket).`,
            hint: `Create it${region === undefined ? "" : ` in ${region}`}, or name another.`,
          },
        ];
  }
  if (region !== undefined && sight.region !== undefined && sight.region !== region) {
    return [
      {
        severity: "error",
        path,
        message: `The ${what} bucket ${bucket} is in ${sight.region}, and the job runs in ${region}: "bucket must be in the same region as the job".`,
        hint: `Name a bucket in ${region}, or use a session with region: "${sight.region}".`,
      },
    ];
  }
  if (sight.state === "hidden") {
    return [
      {
        severity: "note",
        path,
        message: `Whether the role may ${use} in the ${what} bucket ${bucket} was not checked: the caller may not look at it.`,
      },
    ];
  }
  return sight.isForeign
    ? [
        {
          severity: "note",
          path,
          message: `The ${what} bucket ${bucket} belongs to another account than the role: its policy must let the role ${use} there.`,
        },
      ]
    : [];
}
