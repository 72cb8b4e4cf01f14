/** CreateTrainingJob: checks what the service checks at once, writes the job down, and starts its runner. */

import { requestBreaches } from "../../../training/constraints.ts";
import { processEngine } from "../../engine/process.ts";
import { launchRunner } from "../../runner/launch.ts";
import { refuse } from "../../wire/json-input.ts";
import type { WireRequest } from "../../wire/message.ts";
import { ServiceError } from "../../wire/service-error.ts";
import { jobArn } from "./arn.ts";
import type { SageMakerContext } from "./context.ts";
import { resolveImage } from "./images.ts";
import type { EngineChoice, JobRecord } from "./job.ts";
import { requireInputs } from "./require-inputs.ts";
import type { TrainingRequest } from "./training-request.ts";
import { unsupported } from "./unsupported.ts";

const LOCAL_TYPES = new Set(["local", "local_gpu"]);
/** 28 days. */
const LONGEST_RUN_SECONDS = 2_419_200;

/**
 * Creates a job.
 *
 * @returns the job's ARN
 * @throws {@link ServiceError} in the service's words, `ValidationException` or `ResourceInUse`
 */
export async function createTrainingJob(
  context: SageMakerContext,
  input: Readonly<Record<string, unknown>>,
  wire: Pick<WireRequest, "origin" | "signal">,
): Promise<Readonly<Record<string, unknown>>> {
  const request = checkRequest(input, context.engine);
  const name = request.TrainingJobName;
  const arn = jobArn(context, name);
  await requireFree(context, name, arn);
  const image = request.AlgorithmSpecification?.TrainingImage ?? "";
  const program = await resolveImage(image, wire.origin, context);
  await requireInputs(context, request, wire.signal);

  const createdAt = Date.now();
  const record: JobRecord = {
    name,
    arn,
    createdAt,
    account: context.account,
    region: context.region,
    request: { ...request },
    program,
    engine: context.engine,
    stopGraceSeconds: context.stopGraceSeconds,
  };
  const tags = Object.fromEntries((request.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
  const created = await context.jobs.create(record, [
    {
      type: "status",
      at: createdAt,
      status: "InProgress",
      secondaryStatus: "Starting",
      message: "Starting the training job",
    },
    ...(Object.keys(tags).length > 0 ? [{ type: "tags", at: createdAt, tags } as const] : []),
  ]);
  if (!created) throw taken(arn);
  // A job whose runner cannot be started has ended as Failed by then, and Describe says why.
  await launchRunner(context.root, name).catch(() => {});
  return { TrainingJobArn: arn };
}

/** Everything that can be said of the request alone. */
function checkRequest(
  input: Readonly<Record<string, unknown>>,
  engine: EngineChoice,
): TrainingRequest {
  refuse(
    requestBreaches(input).filter(
      // `local` and `local_gpu` are types of this cloud only.
      ({ rule, path, value }) =>
        !(rule === "enum" && path.at(-1) === "InstanceType" && LOCAL_TYPES.has(String(value))),
    ),
    "ValidationException",
  );
  // The service takes null for absent, and so it is not echoed.
  const request = JSON.parse(
    JSON.stringify(input, (_, value: unknown) => (value === null ? undefined : value)),
  ) as TrainingRequest;
  const faults = [
    ...unsupported(request),
    ...inconsistencies(request),
    ...(engine === "process" ? beyondProcessEngine(request) : []),
  ];
  if (faults.length > 0) throw invalid(faults.join(" "));
  return request;
}

/** What the service checks beyond each member's own form. */
function* inconsistencies(request: TrainingRequest): Generator<string> {
  const { AlgorithmSpecification: algorithm, ResourceConfig: resources } = request;
  if (algorithm?.TrainingImage === undefined && algorithm?.AlgorithmName === undefined) {
    yield "AlgorithmSpecification must name a TrainingImage.";
  }
  if (resources?.InstanceGroups === undefined) {
    if (resources?.InstanceType === undefined) yield "ResourceConfig must name an InstanceType.";
    if ((resources?.InstanceCount ?? 0) < 1)
      yield "ResourceConfig.InstanceCount must be at least 1.";
  }
  for (const { Name, Regex } of algorithm?.MetricDefinitions ?? []) {
    if (!isExpression(Regex)) {
      yield `The Regex of metric ${Name} is no regular expression that the local cloud can read: ${Regex}`;
    }
  }
  const channels = (request.InputDataConfig ?? []).map(({ ChannelName }) => ChannelName);
  for (const name of new Set(channels)) {
    // The two names would lead out of /opt/ml/input/data, or be it.
    if (name === "." || name === "..") yield `"${name}" is no name for a channel.`;
  }
  for (const { ChannelName, DataSource } of request.InputDataConfig ?? []) {
    if (Object.keys(DataSource).length !== 1) {
      yield `Channel ${ChannelName} must have exactly one data source.`;
    }
  }
  for (const name of duplicates(channels))
    yield `Channel names must be unique: ${name} is there twice.`;
  for (const key of duplicates((request.Tags ?? []).map(({ Key }) => Key))) {
    yield `Tag keys must be unique: ${key} is there twice.`;
  }
  const { MaxRuntimeInSeconds = 1, MaxWaitTimeInSeconds } = request.StoppingCondition ?? {};
  if (MaxRuntimeInSeconds > LONGEST_RUN_SECONDS) {
    yield `MaxRuntimeInSeconds must be at most ${LONGEST_RUN_SECONDS} (28 days).`;
  }
  if (MaxWaitTimeInSeconds !== undefined && request.EnableManagedSpotTraining !== true) {
    yield "MaxWaitTimeInSeconds is for managed spot training only.";
  }
}

/** What the runner would refuse all the same, if the engine was left to it. */
function beyondProcessEngine(request: TrainingRequest): string[] {
  const { InstanceCount = 1, InstanceGroups: groups } = request.ResourceConfig ?? {};
  const hosts =
    groups === undefined
      ? InstanceCount
      : groups.reduce((sum, group) => sum + group.InstanceCount, 0);
  const networkIsolation = request.EnableNetworkIsolation === true;
  return [processEngine().refusal({ hosts, networkIsolation }) ?? []].flat();
}

/** Names differ by more than case, since ARNs have them in lower case. */
async function requireFree(context: SageMakerContext, name: string, arn: string): Promise<void> {
  const lower = name.toLowerCase();
  const names = await context.jobs.names();
  if (names.some((other) => other.toLowerCase() === lower)) throw taken(arn);
}

function isExpression(text: string): boolean {
  try {
    // As the runner reads them: written for Python and Java, with their inline flags and named groups.
    new RegExp(text.replace(/^\(\?[ims]+\)/, "").replaceAll("(?P<", "(?<"));
    return true;
  } catch {
    return false;
  }
}

function duplicates(names: readonly string[]): Set<string> {
  return new Set(names.filter((name, index) => names.indexOf(name) !== index));
}

function taken(arn: string): ServiceError {
  return new ServiceError(
    "ResourceInUse",
    `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`,
  );
}

function invalid(message: string): ServiceError {
  return new ServiceError("ValidationException", message);
}
