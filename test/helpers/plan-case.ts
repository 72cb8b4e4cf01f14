/** What an Estimator would send, by its public API: offline, with a session that speaks to AWS and finds a caller's account there. */

import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Estimator,
  type EstimatorOptions,
  type FitInputs,
  type FitOptions,
  Session,
  type SessionOptions,
  type TrainingPlan,
} from "../../src/index.ts";
import { LocalCloud } from "../../src/local/index.ts";
import { SET_IMAGE, SET_ROLE } from "./option-sets.ts";

/** The account and region of the cases. */
export const ACCOUNT = "123456789012";
export const REGION = "us-west-2";

/** A caller's session, as far as a plan needs one: STS and IAM answer, in the process. It is not a session of a local cloud. */
export function awsSession(options: SessionOptions = {}): Session {
  const cloud = new LocalCloud({
    // Nothing is ever written there.
    root: join(tmpdir(), "plan-case-never-written"),
    region: REGION,
    account: ACCOUNT,
  });
  return new Session({
    region: REGION,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    clientConfig: { requestHandler: cloud.requestHandler },
    ...options,
  });
}

/** One case: what differs from the least that an Estimator needs. */
export interface PlanCase {
  readonly options?: Partial<Record<keyof EstimatorOptions, unknown>> | undefined;
  readonly inputs?: unknown;
  /** The job is called `jobname` unless this is given. */
  readonly fit?: FitOptions;
  readonly session?: SessionOptions;
}

/** The options of most cases. */
export const CASE_OPTIONS: EstimatorOptions = {
  imageUri: SET_IMAGE,
  role: SET_ROLE,
  instanceCount: 1,
  instanceType: "ml.c4.xlarge",
  outputPath: "s3://bucket/prefix",
};

/** The request that those make. */
export const CASE_REQUEST = {
  TrainingJobName: "jobname",
  AlgorithmSpecification: { TrainingInputMode: "File", TrainingImage: SET_IMAGE },
  OutputDataConfig: { S3OutputPath: "s3://bucket/prefix" },
  StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
  ResourceConfig: { VolumeSizeInGB: 30, InstanceCount: 1, InstanceType: "ml.c4.xlarge" },
  RoleArn: SET_ROLE,
};

/**
 * The plan of a case.
 *
 * @param given - options that are `undefined` are left out
 */
export async function planOf(given: PlanCase = {}): Promise<TrainingPlan> {
  const session = awsSession(given.session);
  try {
    const options = Object.entries({ ...CASE_OPTIONS, ...given.options }).filter(
      ([, value]) => value !== undefined,
    );
    const estimator = new Estimator({
      ...Object.fromEntries(options),
      session,
    } as EstimatorOptions);
    return await estimator.plan(given.inputs as FitInputs, {
      preflight: "offline",
      ...(given.fit ?? { jobName: "jobname" }),
    });
  } finally {
    await session.close();
  }
}

/** The request of a case that has nothing wrong. */
export async function requestOf(given: PlanCase = {}): Promise<TrainingPlan["request"]> {
  const { request, findings } = await planOf(given);
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return request;
}

/** What is wrong with a case: the errors alone, as `path: message`. */
export async function errorsOf(given: PlanCase): Promise<string[]> {
  const { findings } = await planOf(given);
  return findings
    .filter(({ severity }) => severity === "error")
    .map(({ path, message }) => `${path}: ${message}`);
}
