/** CreateTrainingJob: checks what the service checks at once, writes the job down, and starts its runner. */

import { requestBreaches } from "../../../training/constraints.ts";
import { processEngine } from "../../engine/process.ts";
import { outsidePlaces, readJobRequest } from "../../runner/job-request.ts";
import { launchRunner } from "../../runner/launch.ts";
import { refuse } from "../../wire/json-input.ts";
import type { WireRequest } from "../../wire/message.ts";
import { ServiceError } from "../../wire/service-error.ts";
import { jobArn } from "./arn.ts";
import type { SageMakerContext } from "./context.ts";
import { resolveImage } from "./images.ts";
import { inconsistencies } from "./inconsistencies.ts";
import type { EngineChoice, JobRecord } from "./job.ts";
import { requireInputs } from "./require-inputs.ts";
import type { TrainingRequest } from "./training-request.ts";
import { unsupported } from "./unsupported.ts";

const LOCAL_TYPES = new Set(["local", "local_gpu"]);

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
  const { TrainingImage, AlgorithmName } = request.AlgorithmSpecification ?? {};
  // An algorithm is, like an image, what the local cloud has been given a program folder for.
  const image = TrainingImage ?? AlgorithmName ?? "";
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
    ...(request.EnableManagedSpotTraining === true &&
      context.spotInterruptions && { spotInterruptions: context.spotInterruptions }),
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

/** What the runner would refuse all the same, if the engine was left to it. */
function beyondProcessEngine(request: TrainingRequest): string[] {
  const { hosts, networkIsolation, synced } = readJobRequest({ ...request, InputDataConfig: [] });
  const needs = { hosts: hosts.length, networkIsolation, places: outsidePlaces(synced) };
  return [processEngine().refusal(needs) ?? []].flat();
}

/** Names differ by more than case, since ARNs have them in lower case. */
async function requireFree(context: SageMakerContext, name: string, arn: string): Promise<void> {
  const lower = name.toLowerCase();
  const names = await context.jobs.names();
  if (names.some((other) => other.toLowerCase() === lower)) throw taken(arn);
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
