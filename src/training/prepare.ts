/** Options and inputs as a plan: what `fit()` will carry out. Reads files and, unless told otherwise, AWS; changes nothing. */

import { isAbort, translate } from "../aws/translate.ts";
import { type Finding, ValidationError } from "../errors.ts";
import {
  FileSystemInput,
  type FitInput,
  type FitInputs,
  JsonInput,
  namedInputs,
  TrainingInput,
} from "../inputs.ts";
import type { Session } from "../session.ts";
import { s3PathJoin } from "../transfer/s3-uri.ts";
import { describeSource, locateSource, type Source, type StagedPlace } from "../transfer/stage.ts";
import { requestFindings } from "./findings.ts";
import { encodeHyperparameters } from "./hyperparameters.ts";
import { inputFindings, isLocalPath, locationOf, optionFindings } from "./option-findings.ts";
import type { EstimatorOptions, FitOptions } from "./options.ts";
import { costCeiling, type PlannedUpload, TrainingPlan } from "./plan.ts";
import { buildRequest, type ResolvedChannel } from "./request.ts";

/** A plan and what is needed to carry it out. */
export interface PreparedJob {
  readonly plan: TrainingPlan;
  /** The local files behind `plan.uploads`, in the same order. */
  readonly sources: readonly Source[];
  /** Inputs or output lie in the default bucket, which must be there before they are used. */
  readonly needsDefaultBucket: boolean;
  /** The account that must own that bucket, where its name can be guessed. */
  readonly expectedBucketOwner: string | undefined;
}

/** What `prepareJob` needs besides the options. */
export interface PrepareContext {
  readonly session: Session;
  readonly jobName: string;
}

/**
 * Makes the plan.
 *
 * @param options - the estimator's
 * @param inputs - as given to `fit()`
 * @param fit - `preflight`, `experimentConfig` and `signal` are read
 * @param context - the session and the job's name
 */
export async function prepareJob(
  options: EstimatorOptions,
  inputs: FitInputs | undefined,
  fit: FitOptions,
  context: PrepareContext,
): Promise<PreparedJob> {
  const { session, jobName } = context;
  const { signal } = fit;
  const isLocal = session.local !== undefined;
  const { encoded, findings } = encodeHyperparameters(options.hyperparameters ?? {});
  const named = namedInputs(inputs);
  findings.push(...optionFindings(options, isLocal), ...inputFindings(named));

  const described = await describeInputs(named, signal);
  findings.push(...described.findings);

  const needsDefaultBucket = described.sources.size > 0 || options.outputPath === undefined;
  const home = needsDefaultBucket
    ? {
        bucket: await session.defaultBucketName(pass(signal)),
        prefix: session.defaultBucketPrefix,
        expectedBucketOwner: await session.defaultBucketOwner(pass(signal)),
      }
    : undefined;

  const channels: ResolvedChannel[] = [];
  const uploads: PlannedUpload[] = [];
  for (const [name, input] of named) {
    const source = described.sources.get(name);
    if (source === undefined || home === undefined) {
      const uri = input instanceof FileSystemInput ? undefined : locationOf(input);
      channels.push({ name, input, ...(uri !== undefined && { uri }) });
      continue;
    }
    let place: StagedPlace;
    try {
      const ask = fit.preflight !== "offline";
      place = await locateSource(source, { session, ...home, ask, signal });
    } catch (error) {
      findings.push(inputFinding(name, error, signal));
      continue;
    }
    channels.push({ name, input, uri: place.uri });
    if (place.problem instanceof Error) {
      findings.push({
        severity: "note",
        path: `inputs.${name}`,
        message: `It was not checked whether this is staged already: ${place.problem.message}`,
      });
    }
    uploads.push({
      channel: name,
      source: source.label,
      uri: place.uri,
      files: source.files.length,
      bytes: source.bytes,
      present: place.present,
    });
  }

  const request = buildRequest(options, {
    jobName,
    roleArn: options.role ?? (isLocal ? localRole(session) : ""),
    outputPath: options.outputPath ?? defaultOutputPath(home),
    hyperparameters: encoded,
    channels,
    inputMode: inputs instanceof TrainingInput ? inputs.options.inputMode : undefined,
    ...(fit.experimentConfig && { experimentConfig: { ...fit.experimentConfig } }),
  });
  const told = new Set(findings.map(({ path }) => path));
  findings.push(
    ...requestFindings(request, { channels: named.map(([name]) => name), isLocal }).filter(
      // An input that cannot be read has no URI; that it cannot be read is told already.
      ({ path }) => !told.has(path) && !told.has(path.replace(/\.s3Data$/, "")),
    ),
  );
  return {
    plan: new TrainingPlan({
      request,
      uploads,
      findings,
      costCeiling: costCeiling(request, isLocal),
    }),
    sources: [...described.sources.values()],
    needsDefaultBucket,
    expectedBucketOwner: home?.expectedBucketOwner,
  };
}

/**
 * Throws what is wrong with a plan, all of it at once.
 *
 * @param plan - the plan
 * @throws {@link ValidationError} when a finding is an error
 */
export function refuseErrors(plan: TrainingPlan): void {
  const errors = plan.findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    throw new ValidationError("The training job was not started", errors);
  }
}

/** Reads every local input, and tells all that cannot be read. */
async function describeInputs(
  named: readonly (readonly [string, FitInput])[],
  signal: AbortSignal | undefined,
): Promise<{ sources: Map<string, Source>; findings: Finding[] }> {
  const sources = new Map<string, Source>();
  const findings: Finding[] = [];
  for (const [name, input] of named) {
    try {
      if (input instanceof JsonInput) {
        const fileName = input.options.fileName ?? `${name}.json`;
        sources.set(name, await describeSource({ fileName, contents: input.text }, pass(signal)));
      } else if (isStaged(input)) {
        sources.set(name, await describeSource(locationOf(input), pass(signal)));
      }
    } catch (error) {
      findings.push(inputFinding(name, error, signal));
    }
  }
  return { sources, findings };
}

/** What is wrong with an input, unless reading it was aborted. */
function inputFinding(name: string, error: unknown, signal: AbortSignal | undefined): Finding {
  if (isAbort(error) || signal?.aborted) {
    throw error;
  }
  const ours = translate(error, "read the input");
  return {
    severity: "error",
    path: `inputs.${name}`,
    message: ours instanceof Error ? ours.message : String(ours),
  };
}

function isStaged(input: FitInput): boolean {
  return (
    (typeof input === "string" || input instanceof URL || input instanceof TrainingInput) &&
    isLocalPath(locationOf(input))
  );
}

/** As in Python: the default bucket and prefix; the service adds the job's name. */
function defaultOutputPath(home: { bucket: string; prefix: string } | undefined): string {
  return home === undefined
    ? ""
    : `${s3PathJoin("s3://", home.bucket, home.prefix, { withEndSlash: true })}`;
}

/** A local job needs no role; the request still bears one, as each request does. */
function localRole(session: Session): string {
  return `arn:aws:iam::${session.local?.account ?? "123456789012"}:role/SageMakerRole`;
}

function pass(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
