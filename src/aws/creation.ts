/** What is created, as it goes over the wire: members that this version of the client does not know reach the service too. */

import type {
  CreateModelPackageCommandInput,
  CreateTrainingJobCommandInput,
  SageMaker,
} from "@aws-sdk/client-sagemaker";

/** A JSON object. */
type Members = Readonly<Record<string, unknown>>;

/** How one attempt to create a job goes. */
export interface CreationAttempt {
  /** Ends the attempt; whether the service has acted by then is not known. */
  readonly signal: AbortSignal;
  /** Told of the request as this version of the client knows it, before it is sent. */
  readonly onKnown?: (known: Members) => void;
}

/** Before the length is counted and the body is signed. */
const BEFORE_SIGNING = { step: "build", priority: "high", name: "unknownMembers" } as const;

/**
 * Creates a training job.
 *
 * @param client - makes one attempt a call
 * @param request - the request, with members of any origin
 * @returns the job's ARN; `undefined` when something answered that is not SageMaker
 */
export async function sendCreateTrainingJob(
  client: SageMaker,
  request: CreateTrainingJobCommandInput,
  { signal, onKnown }: CreationAttempt,
): Promise<string | undefined> {
  const { CreateTrainingJobCommand } = await import("@aws-sdk/client-sagemaker");
  const command = new CreateTrainingJobCommand(request);
  command.middlewareStack.add(whole(request, onKnown), BEFORE_SIGNING);
  const { TrainingJobArn } = await client.send(command, { abortSignal: signal });
  return TrainingJobArn;
}

/**
 * Creates a model package.
 *
 * @param client - makes the call
 * @param request - the request, with members of any origin
 * @param signal - ends it
 * @returns the package's ARN; `undefined` when something answered that is not SageMaker
 */
export async function sendCreateModelPackage(
  client: SageMaker,
  request: CreateModelPackageCommandInput,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { CreateModelPackageCommand } = await import("@aws-sdk/client-sagemaker");
  const command = new CreateModelPackageCommand(request);
  command.middlewareStack.add(whole(request), BEFORE_SIGNING);
  const { ModelPackageArn } = await client.send(command, { abortSignal: signal });
  return ModelPackageArn;
}

/** The client's serializer drops what its model does not name, in silence: such members are put back into the body. */
function whole(
  request: object,
  onKnown?: (known: Members) => void,
): <A extends { request: unknown }, R>(next: (args: A) => Promise<R>) => (args: A) => Promise<R> {
  return (next) => async (args) => {
    const sent = args.request as { body: string | Uint8Array };
    // Bytes of a subclass whose string methods print warnings: only the bytes are taken.
    const text = typeof sent.body === "string" ? sent.body : new TextDecoder().decode(sent.body);
    const known = JSON.parse(text) as Members;
    onKnown?.(known);
    sent.body = JSON.stringify(withUnknown(known, request as Members));
    return await next(args);
  };
}

/**
 * A body with the members of the request that are missing in it, nested ones too. Pure.
 *
 * @param known - what the client's serializer made of the request
 * @param request - the request
 */
export function withUnknown(known: Members, request: Members): Members {
  const added = Object.entries(request)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]): [string, unknown] => [
      name,
      Object.hasOwn(known, name) ? merged(known[name], value) : plain(value),
    ]);
  return { ...known, ...Object.fromEntries(added) };
}

function merged(known: unknown, given: unknown): unknown {
  if (Array.isArray(known) && Array.isArray(given)) {
    return known.length === given.length
      ? known.map((item, index) => merged(item, given[index]))
      : known;
  }
  return isRecord(known) && isRecord(given) ? withUnknown(known, given) : known;
}

/** The protocol writes times as seconds since 1970. */
function plain(value: unknown): unknown {
  if (value instanceof Date) {
    return value.getTime() / 1000;
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]))
    : value;
}

function isRecord(value: unknown): value is Members {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date)
  );
}
