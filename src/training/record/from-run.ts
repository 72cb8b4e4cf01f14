/** A run record back as the options and inputs that repeat the run. Pure, but for the look at what is still there in `check-run.ts`. */

import type { DescribeTrainingJobCommandOutput, Tag } from "../../aws/types.ts";
import type { Finding } from "../../errors.ts";
import { TrainingInput } from "../../inputs.ts";
import type { ResolvedChannel } from "../channel-request.ts";
import { jobFromDescription, type RestoredJob } from "../describe-options.ts";
import { locationOf } from "../input-findings.ts";
import type { EstimatorOptions, RequestOverrides } from "../options.ts";
import { buildRequest } from "../request.ts";
import { canonicalJson, type RunRecord } from "../run-record.ts";
import { REDACTED } from "../secrets.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * The options and inputs of a run: they plan the same request, but for the name. Members that no option has come back as
 * `overrides`.
 *
 * @param record - the run
 * @param changes - options to put in the place of the run's own; hyperparameters and environment are changed name by name
 */
export function jobFromRun(
  record: RunRecord,
  changes: Partial<EstimatorOptions> = {},
): RestoredJob {
  const { request } = record;
  const job = jobFromDescription(
    request as unknown as DescribeTrainingJobCommandOutput,
    (request["Tags"] ?? []) as Tag[],
  );
  const overrides = difference(rebuilt(record, job), without(request, "TrainingJobName"));
  const { hyperparameters, environment, ...others } = changes;
  return {
    ...job,
    options: {
      ...job.options,
      ...(overrides && { overrides: overrides as RequestOverrides }),
      ...others,
      hyperparameters: { ...job.options.hyperparameters, ...hyperparameters },
      environment: { ...job.options.environment, ...environment },
    },
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
