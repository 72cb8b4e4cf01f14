/** Where the scenarios of the permissions guide play: an account, its jobs and buckets, under the names that stand for the guide's words. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findExecutionRole } from "../../src/execution-role.ts";
import { Estimator, type EstimatorOptions, type Session, TrainingJob } from "../../src/index.ts";
import { ACCOUNT, REGION } from "./account-wire.ts";
import type { PermissionWire } from "./permission-wire.ts";
import { rawTarGz } from "./transfer-tar.ts";

/** Own names in the place of the guide's words; longer words first, since they hold shorter ones. */
const NAMES: readonly (readonly [string, string])[] = [
  ["CONFIG-BUCKET", "settings"],
  ["CONFIG-KEY", "team/config.yaml"],
  ["REPOSITORY", "glm"],
  ["ACCOUNT", ACCOUNT],
  ["REGION", REGION],
  ["PREFIX", "project"],
  ["BUCKET", "data"],
  ["SERVER", "pricing"],
  // Its id is the service's choice.
  ["APP", "app-*"],
  ["CALLER", "somebody"],
  ["ROLE", "SageMakerRole"],
];

/** The names of the scenarios in the place of the guide's words. */
export function withNames<T>(value: T): T {
  const text = NAMES.reduce(
    (so, [word, name]) => so.replaceAll(new RegExp(`\\b${word}\\b`, "g"), name),
    JSON.stringify(value),
  );
  return JSON.parse(text) as T;
}

/** The default bucket of the account. */
export const DEFAULT_BUCKET = `sagemaker-${REGION}-${ACCOUNT}`;
const IMAGE = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/glm:1`;
/** The execution role. */
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/SageMakerRole`;
/** More bytes than are sent or read in one request. */
export const LARGE = 17 * 1024 * 1024;

/** What a scenario is run with. */
export interface Scene {
  readonly wire: PermissionWire;
  readonly session: Session;
  /** A folder for its files. */
  readonly folder: string;
}

/** An estimator in the scene. */
export function estimator({ session }: Scene, more: Partial<EstimatorOptions> = {}): Estimator {
  return new Estimator({
    ...{ imageUri: IMAGE, role: ROLE, instanceType: "ml.m5.large", session },
    ...more,
  });
}

/** A `fit()` that neither prints nor checks. */
export const QUIET = { logs: "None", preflight: "offline", pollIntervalMs: 10 } as const;
/** A `fit()` that does not print. */
export const CHECKED = { logs: "None", pollIntervalMs: 10 } as const;

/** Puts an object, by somebody who may, and makes its bucket if it is not there. */
export async function put(
  wire: PermissionWire,
  bucket: string,
  key: string,
  Body: Buffer | string,
) {
  const s3 = await wire.admin().clients.s3();
  const there = await s3.headBucket({ Bucket: bucket }).catch(() => undefined);
  if (there === undefined) await s3.createBucket({ Bucket: bucket });
  await s3.putObject({ Bucket: bucket, Key: key, Body });
}

/** A job that has completed, with a record that tells no outcome yet. */
export async function trained(
  { wire }: Scene,
  name = "trained",
  more: Partial<EstimatorOptions> = {},
  inputs?: string,
) {
  const { policy } = wire;
  wire.policy = undefined;
  const job = await estimator({ wire, session: wire.session(), folder: "" }, more).fit(inputs, {
    ...CHECKED,
    jobName: name,
  });
  const model = rawTarGz([{ name: "model", body: "m" }]);
  await put(wire, DEFAULT_BUCKET, `${name}/output/model.tar.gz`, model);
  await put(wire, DEFAULT_BUCKET, `${name}/output/output.tar.gz`, model);
  await put(wire, DEFAULT_BUCKET, `${name}/output/model/large`, Buffer.alloc(LARGE));
  wire.print(name, "hello");
  wire.policy = policy;
  wire.calls.length = 0;
  return job;
}

/** Takes the outcome out of a record, as if the process had ended before the job. */
export async function forgetOutcome({ wire }: Scene, Bucket: string, Key: string): Promise<void> {
  const s3 = await wire.admin().clients.s3();
  const { Body } = await s3.getObject({ Bucket, Key });
  const record = JSON.parse((await Body?.transformToString()) ?? "") as Record<string, unknown>;
  await s3.putObject({ Bucket, Key, Body: JSON.stringify({ ...record, outcome: undefined }) });
}

/** Code in a folder of its own. */
export async function codeOf({ folder }: Scene, codeDelivery: "toolkit" | "channel") {
  const sourceDir = join(folder, "code");
  await mkdir(sourceDir);
  await writeFile(join(sourceDir, "train.py"), "print('hello')\n");
  return { sourceDir, entryPoint: "train.py", codeDelivery };
}

/** The job that {@link trained} made. */
export async function attached(scene: Scene): Promise<TrainingJob> {
  return await TrainingJob.attach("trained", { session: scene.session });
}

/** The role that a notebook with this metadata runs as. */
export async function notebook(scene: Scene, metadata: object): Promise<string> {
  const file = join(scene.folder, "metadata.json");
  await writeFile(file, JSON.stringify(metadata));
  scene.wire.jobs.role = ROLE;
  return await findExecutionRole(scene.session, {}, file);
}
