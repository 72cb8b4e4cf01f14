/**
 * A script with one `fit()`, or that comes back to a job, as a user writes it, for tests of what its process does: `mlflow-program.ts JSON`.
 * It prints a line of JSON for each event, and at last what it knows of the run.
 */

import {
  Estimator,
  type EstimatorOptions,
  JsonInput,
  Session,
  TrainingJob,
} from "../../src/index.ts";
import { LocalCloud } from "../../src/local/index.ts";
import type { FitMlflowOptions } from "../../src/training/mlflow-options.ts";

/** What the script does. */
export interface MlflowProgram {
  /** The local cloud's; or … */
  readonly root?: string;
  /** … where one listens: the job runs elsewhere then, as on AWS. */
  readonly endpoint?: string;
  /** Starts a job. */
  readonly fit?: {
    readonly options: Partial<EstimatorOptions>;
    /** Channels: folders, or values that become JSON. */
    readonly inputs?: Readonly<Record<string, string | { readonly json: unknown }>>;
    readonly wait?: boolean;
    readonly mlflow?: FitMlflowOptions | boolean;
  };
  /** Comes back to a job of this name … */
  readonly attach?: string;
  /** … and waits for it, or leaves at the first value of a metric. */
  readonly does?: "wait" | "leave" | "flush";
}

const { root, endpoint, fit, attach, does } = JSON.parse(process.argv[2] ?? "") as MlflowProgram;
const credentials = { accessKeyId: "test", secretAccessKey: "test" };
const session =
  endpoint === undefined
    ? new LocalCloud({ ...(root !== undefined && { root }), stopGraceSeconds: 1 }).session()
    : new Session({ region: "us-east-1", endpoint, credentials });
const print = (line: object): void => console.log(JSON.stringify(line));
const leaving = new AbortController();
const follow = {
  logs: "None",
  pollIntervalMs: 200,
  signal: leaving.signal,
  onEvent(event: { readonly type: string }) {
    print(event);
    if (event.type === "metric" && does === "leave") leaving.abort();
  },
} as const;

let job: TrainingJob;
if (fit !== undefined) {
  const estimator = new Estimator({ session, ...fit.options } as EstimatorOptions);
  const { wait = true, mlflow, inputs = {} } = fit;
  const channels = Object.entries(inputs).map(([name, input]) => [
    name,
    typeof input === "string" ? input : new JsonInput(input.json),
  ]);
  job = await estimator.fit(Object.fromEntries(channels), {
    ...follow,
    wait,
    ...(mlflow !== undefined && { mlflow }),
  });
} else {
  job = await TrainingJob.attach(attach ?? "", { session });
  if (does === "flush") await job.flushMlflow();
  else if (does !== undefined)
    await job.wait(follow).catch((error: unknown) => print({ type: "left", error: String(error) }));
}
print({ type: "done", name: job.name, run: job.mlflowRun });
