/** Runs on a local cloud whose calls can be watched, answered otherwise, and kept from starting programs. */

import { join } from "node:path";
import { Estimator, type EstimatorOptions, type TrainingJobEvent } from "../../src/index.ts";
import type { WireRequest, WireResponse } from "../../src/local/wire/message.ts";
import type { RunRecord } from "../../src/training/run-record.ts";
import { type CloudFixture, startCloud, writeProgram } from "./cloud-fixture.ts";

/** Answers in the cloud's stead; `undefined` leaves the call to the cloud. */
export type Intercept = (
  call: string,
  request: WireRequest,
) => WireResponse | Promise<WireResponse | undefined> | undefined;

/** A cloud with a program that trains at once. */
export interface RunsFixture extends CloudFixture {
  /** The program folder. */
  readonly program: string;
  /** What each call is answered by, first. */
  intercept: Intercept;
  /** The calls so far: `CreateTrainingJob`, `PUT /bucket/key`. */
  readonly calls: string[];
  estimator(options?: Partial<EstimatorOptions>): Estimator;
  /** The text of an object. */
  text(uri: string): Promise<string>;
  /** A job's record as it lies in the default bucket. */
  record(job: { readonly name: string }): Promise<RunRecord>;
}

/** The default bucket. */
export const BUCKET = "sagemaker-us-east-1-123456789012";

/** Prints a metric, leaves a model. */
export const TRAIN = `#!/bin/sh
echo "loss=0.5;"
echo trained > "\${SM_MODEL_DIR:-/opt/ml/model}/model.txt"
`;

/** Starts one. */
export async function startRuns(): Promise<RunsFixture> {
  const fixture = await startCloud();
  const program = await writeProgram(join(fixture.folder, "program"), { train: TRAIN });
  const handle = fixture.cloud.handle.bind(fixture.cloud);
  const runs: RunsFixture = {
    ...fixture,
    program,
    intercept: () => undefined,
    calls: [],
    estimator: (options = {}) =>
      new Estimator({
        imageUri: program,
        instanceType: "local",
        session: fixture.cloud.session(),
        metricDefinitions: [{ Name: "loss", Regex: "loss=(.*?);" }],
        ...options,
      }),
    async text(uri) {
      const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri) ?? [];
      const { Body } = await fixture.s3.getObject({ Bucket, Key });
      return (await Body?.transformToString()) ?? "";
    },
    async record({ name }) {
      return JSON.parse(await runs.text(`s3://${BUCKET}/${name}/run.json`));
    },
  };
  fixture.cloud.handle = async (request) => {
    const target = request.headers["x-amz-target"];
    const call = target?.split(".").at(-1) ?? `${request.method} ${request.host}${request.path}`;
    runs.calls.push(call);
    return (await runs.intercept(call, request)) ?? (await handle(request));
  };
  return runs;
}

/** S3 or SageMaker refuses. */
export function denied(call: string): WireResponse {
  return / /.test(call)
    ? {
        status: 403,
        headers: { "content-type": "application/xml" },
        body: "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
      }
    : {
        status: 400,
        headers: { "content-type": "application/x-amz-json-1.1" },
        body: JSON.stringify({ __type: "AccessDeniedException", message: "not authorized" }),
      };
}

/** Collects what a fit() tells. */
export function listener(): {
  readonly events: TrainingJobEvent[];
  readonly options: { readonly logs: "None"; onEvent(event: TrainingJobEvent): void };
  codes(): string[];
} {
  const events: TrainingJobEvent[] = [];
  return {
    events,
    options: { logs: "None", onEvent: (event) => void events.push(event) },
    codes: () =>
      events.flatMap((event) =>
        event.type === "warning" || event.type === "note" ? [event.code] : [],
      ),
  };
}
