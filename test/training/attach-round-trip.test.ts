import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Estimator } from "../../src/estimator.ts";
import { describeTrainingJob } from "../../src/local/services/sagemaker/describe-training-job.ts";
import type { JobRecord } from "../../src/local/services/sagemaker/job.ts";
import { foldJob } from "../../src/local/services/sagemaker/job-state.ts";
import type { Session } from "../../src/session.ts";
import { createTrainingJob } from "../../src/training/create-job.ts";
import { JobWire } from "../helpers/job-wire.ts";
import { inputsOf, type OptionSet, optionSets, SET_ROLE } from "../helpers/option-sets.ts";

let wire: JobWire;
let session: Session;

beforeAll(async () => {
  wire = new JobWire();
  wire.tagsPerPage = 2;
  session = await wire.session({ defaultBucket: "bucket" });
});

afterAll(() => {
  wire.dispose();
});

/** What the service describes of a request: with its defaults, and without tags. */
function described(request: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const name = String(request["TrainingJobName"]);
  const record: JobRecord = {
    name,
    arn: `arn:aws:sagemaker:eu-west-1:123456789012:training-job/${name}`,
    createdAt: wire.clock.now(),
    account: "123456789012",
    region: "eu-west-1",
    request,
    program: "/program",
    engine: "auto",
    stopGraceSeconds: 120,
  };
  return describeTrainingJob(record, foldJob(record, []));
}

/**
 * What of a request the service gives back: all but the name, the chaining of sessions, and what it answers as well where nothing was
 * asked for.
 */
function compared(request: { readonly TrainingJobName?: string | undefined }): unknown {
  const defaults: Readonly<Record<string, unknown>> = {
    CompressionType: "None",
    RecordWrapperType: "None",
    EnableSageMakerMetricsTimeSeries: false,
  };
  const { SessionChainingConfig: _, ...rest } = request as Readonly<Record<string, unknown>>;
  return JSON.parse(
    JSON.stringify(rest, (name, value: unknown) =>
      value === defaults[name] ? undefined : value,
    ).replaceAll(request.TrainingJobName ?? "", "its-name"),
  );
}

const OFFLINE = { preflight: "offline" } as const;

/** Plans, creates, attaches, plans again. */
async function goesRound({ options, inputs, experimentConfig }: OptionSet): Promise<void> {
  const estimator = new Estimator({ ...options, session });
  const { request } = await estimator.plan(inputsOf(inputs), {
    ...OFFLINE,
    ...(experimentConfig && { experimentConfig }),
  });
  await wire.clock.run(createTrainingJob(request, { session, clock: wire.clock }));
  const [sent] = wire.calls.splice(0);
  const aws = { Key: "aws:cloudformation:stack-name", Value: "stack" };
  const tags = [aws, ...((sent?.input["Tags"] ?? []) as unknown[])];
  const { fields } = wire.job(String(request.TrainingJobName));
  for (const member of Object.keys(fields)) delete fields[member];
  Object.assign(fields, described(sent?.input ?? {}), { Tags: tags });

  const { modelChannelName } = options;
  const attached = await Estimator.attach(String(request.TrainingJobName), {
    session,
    ...(modelChannelName !== undefined && { modelChannelName }),
  });
  const again = (await attached.plan(undefined, OFFLINE)).request;

  wire.calls.splice(0);
  expect(compared(again)).toEqual(compared(request));
}

describe("an estimator that was attached to a job", () => {
  it("plans the same request again, but for the name", async () => {
    await fc.assert(fc.asyncProperty(optionSets("all"), goesRound), { numRuns: 200 });
  });

  it("does so for script mode, whose code it finds where the job had it", async () => {
    const code = fc
      .tuple(optionSets("all"), fc.boolean(), fc.constantFrom(undefined, 10, 40))
      .map(([set, jsonEncodeStrings, level]): OptionSet => {
        const options = {
          ...set.options,
          ...{ sourceDir: "s3://code/sourcedir.tar.gz", entryPoint: "train.py" },
          codeDelivery: "toolkit" as const,
          jsonEncodeStrings,
          ...(level !== undefined && { containerLogLevel: level }),
        };
        return { ...set, options };
      });
    await fc.assert(fc.asyncProperty(code, goesRound), { numRuns: 50 });
  });

  it("does so for a job of SageMaker's own compute too", async () => {
    await goesRound({
      options: {
        role: SET_ROLE,
        baseJobName: "tuned",
        hyperparameters: { epochs: 3 },
        serverlessJobConfig: {
          BaseModelArn: "arn:aws:sagemaker:eu-west-1:aws:hub-content/Hub/Model/llm/1.0.0",
          JobType: "FineTuning",
          AcceptEula: true,
        },
      },
    });
  });
});
