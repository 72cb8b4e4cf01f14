/** A run record back as the options and inputs that repeat the run. Pure, but for the look at what is still there in `check-run.ts`. */

import type { DescribeTrainingJobCommandOutput, Tag } from "../../aws/types.ts";
import type { Finding } from "../../errors.ts";
import { TrainingInput } from "../../inputs.ts";
import type { ResolvedChannel } from "../channel-request.ts";
import { codeChannel } from "../code/channel-delivery.ts";
import { CODE_CHANNEL, DRIVER_CHANNEL } from "../code/code-channels.ts";
import { jobFromDescription, type RestoredJob } from "../describe-options.ts";
import { restoreModelDir } from "../framework/restore-model-dir.ts";
import { locationOf } from "../input-findings.ts";
import { withoutRun } from "../mlflow-options.ts";
import type { EstimatorOptions, RequestOverrides } from "../options.ts";
import { buildRequest } from "../request.ts";
import { canonicalJson, type RunRecord } from "../run-record.ts";
import { REDACTED } from "../secrets.ts";
import { codePlace } from "./run-code.ts";

type Json = Readonly<Record<string, unknown>>;

/** Options that bring other code. */
const OTHER_CODE = ["sourceDir", "entryPoint", "dependencies", "gitConfig"] as const;

/**
 * Whether the caller's changes bring other code than the run's.
 *
 * @param changes - as given
 */
export function bringsCode(changes: Partial<EstimatorOptions>): boolean {
  return OTHER_CODE.some((name) => changes[name] !== undefined);
}

/**
 * The options and inputs of a run: they plan the same request, but for the name. Members that no option has come back as
 * `overrides`.
 *
 * @param given - the run
 * @param changes - options to put in the place of the run's own; hyperparameters and environment are changed name by name
 */
export function jobFromRun(given: RunRecord, changes: Partial<EstimatorOptions> = {}): RestoredJob {
  const record = { ...given, request: requestOfAnother(given.request) };
  const { request } = record;
  const job = jobFromDescription(
    request as unknown as DescribeTrainingJobCommandOutput,
    (request["Tags"] ?? []) as Tag[],
  );
  const overrides = difference(rebuilt(record, job), without(request, "TrainingJobName"));
  const { hyperparameters, environment, ...others } = changes;
  const { inputs, options } = withCode(
    record,
    restoreModelDir(String(request["TrainingJobName"]), job),
    changes,
  );
  return {
    ...job,
    inputs,
    options: {
      ...options,
      ...(overrides && { overrides: overrides as RequestOverrides }),
      ...others,
      hyperparameters: { ...options.hyperparameters, ...hyperparameters },
      environment: { ...options.environment, ...environment },
    },
  };
}

/** Without the run of MLflow's, of which each job has its own. */
function requestOfAnother({ Environment, ...request }: Json): Json {
  const environment = withoutRun(Environment as Readonly<Record<string, string>> | undefined);
  return environment === undefined ? request : { ...request, Environment: environment };
}

/** The run's code, which keeps its digest and commit; or, in its place, the caller's. */
function withCode(
  { request, code }: RunRecord,
  job: RestoredJob,
  changes: Partial<EstimatorOptions>,
): Pick<RestoredJob, "options" | "inputs"> {
  if (!bringsCode(changes)) {
    return {
      ...job,
      options: { ...job.options, ...(code?.uri !== undefined && { recordedCode: code }) },
    };
  }
  const place = codePlace(request);
  if (place === undefined) {
    return job;
  }
  const { containerEntryPoint, sourceDir: _, ...options } = job.options;
  const { [CODE_CHANNEL]: __, [DRIVER_CHANNEL]: ___, ...inputs } = job.inputs ?? {};
  const isElsewhere = (changes.sourceDir ?? changes.gitConfig) !== undefined;
  return {
    options: {
      ...options,
      // Another program of the same code.
      ...(!isElsewhere && { sourceDir: place.uri }),
      ...(place.isArchive && containerEntryPoint && { containerEntryPoint }),
    },
    inputs: place.isArchive ? job.inputs : inputs,
  };
}

/**
 * What the record does not hold, since it was secret, and nobody has given anew.
 *
 * @param options - as {@link jobFromRun} gave them
 */
export function missingSecrets(options: EstimatorOptions): Finding[] {
  const { hyperparameters = {}, environment = {}, session: _, ...others } = options;
  const named = [
    ...Object.entries(hyperparameters).map((entry) => ["hyperparameters", ...entry] as const),
    ...Object.entries(environment).map((entry) => ["environment", ...entry] as const),
  ];
  return [
    ...named.flatMap(([option, name, value]) =>
      isRedacted(value)
        ? [missing(`${option}.${name}`, `{ ${option}: { ${JSON.stringify(name)}: … } }`)]
        : [],
    ),
    ...Object.entries(others).flatMap(([option, value]) =>
      isRedacted(value) ? [missing(option, `{ ${option}: … }`)] : [],
    ),
  ];
}

function missing(path: string, changes: string): Finding {
  return {
    severity: "error",
    path,
    message: "It was, or held, a secret, which the run record does not keep.",
    hint: `Give it anew: Estimator.fromRun(record, { changes: ${changes} }).`,
  };
}

function isRedacted(value: unknown): boolean {
  return String(canonicalJson(value)).includes(REDACTED);
}

/** The request that the options make, as far as the record tells what else went into it. */
function rebuilt(
  { request }: RunRecord,
  { options, inputs = {}, experimentConfig }: RestoredJob,
): Json {
  const channels: ResolvedChannel[] = Object.entries(inputs).map(([name, input]) => ({
    name,
    input,
    ...(input instanceof TrainingInput && { uri: locationOf(input) }),
  }));
  if (options.modelUri !== undefined) {
    const input = new TrainingInput(options.modelUri, {
      contentType: "application/x-sagemaker-model",
      inputMode: "File",
    });
    channels.push({ name: options.modelChannelName ?? "model", input, uri: options.modelUri });
  }
  if (options.sourceDir !== undefined && options.enableNetworkIsolation) {
    // The toolkit's archive, which no input brings.
    const { inputMode = "File" } = options;
    channels.push(codeChannel(CODE_CHANNEL, options.sourceDir, { inputMode }));
  }
  const built = buildRequest(options, {
    jobName: "",
    roleArn: options.role ?? "",
    outputPath: options.outputPath ?? "",
    hyperparameters: (request["HyperParameters"] ?? {}) as Readonly<Record<string, string>>,
    channels,
    ...(experimentConfig && { experimentConfig: { ...experimentConfig } }),
  });
  return JSON.parse(JSON.stringify(without(built as unknown as Json, "TrainingJobName"))) as Json;
}

/** What must be merged into `from` to have `to`; `undefined` when they are the same. */
function difference(from: Json, to: Json): Json | undefined {
  const found: Record<string, unknown> = {};
  for (const name of Object.keys(from)) {
    if (to[name] === undefined) found[name] = null;
  }
  for (const [name, wanted] of Object.entries(to)) {
    const is = from[name];
    if (wanted === undefined || canonicalJson(is) === canonicalJson(wanted)) continue;
    const below = isRecord(is) && isRecord(wanted) ? difference(is, wanted) : wanted;
    if (below !== undefined) found[name] = below;
  }
  return Object.keys(found).length === 0 ? undefined : found;
}

function without(members: Json, name: string): Json {
  const { [name]: _, ...rest } = members;
  return rest;
}

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
