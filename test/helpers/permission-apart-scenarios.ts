/** Programs that use what has a policy of its own in the permissions guide: transfers by hand, a cloud behind the local one, roles, defaults in S3. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { vi } from "vitest";
import { findExecutionRole } from "../../src/execution-role.ts";
import { Estimator, S3Downloader, S3Uploader } from "../../src/index.ts";
import { LocalCloud } from "../../src/local/index.ts";
import { MlflowClient } from "../../src/mlflow/index.ts";
import { ACCOUNT, REGION } from "./account-wire.ts";
import { writeProgram } from "./cloud-fixture.ts";
import {
  attached,
  LARGE,
  notebook,
  put,
  QUIET,
  ROLE,
  type Scene,
  trained,
} from "./permission-scene.ts";
import type { PermissionWire } from "./permission-wire.ts";

/** A program. */
export interface Scenario {
  readonly name: string;
  /** The features that it uses. */
  readonly features: readonly string[];
  /** What is there before, made by somebody who may. */
  prepare?(scene: Scene): Promise<unknown>;
  run(scene: Scene): Promise<unknown>;
}

/** Where a managed server keeps its artifacts, and the client of somebody who may make one. */
async function artifactStore(wire: PermissionWire) {
  await put(wire, "data", "there", "1");
  const sagemaker = await wire.admin().clients.sagemaker();
  return { sagemaker, store: { ArtifactStoreUri: "s3://data/project", RoleArn: ROLE } };
}

/** A run with its artifacts, there and back. */
async function logEverything(
  { session, folder }: Scene,
  trackingUri: string,
): Promise<MlflowClient> {
  const client = new MlflowClient({ trackingUri, session, retry: { retries: 0 } });
  const { info } = await client.createRun(await client.setExperiment("first"));
  await client.logMetric(info.runId, "loss", 1);
  await client.logText(info.runId, "1", "notes/fit.md");
  await client.setTerminated(info.runId);
  await client.downloadArtifacts(info.runId, "", join(folder, "back"));
  return client;
}

/** These scenarios. */
export const APART_SCENARIOS: readonly Scenario[] = [
  {
    name: "files are moved by hand",
    features: ["transfer"],
    prepare: async ({ wire }) => await put(wire, "data", "there", "1"),
    async run({ session, folder }) {
      await mkdir(join(folder, "up"));
      await writeFile(join(folder, "up", "small"), "1");
      await writeFile(join(folder, "up", "large"), Buffer.alloc(LARGE));
      await S3Uploader.upload(join(folder, "up"), "s3://data/project/up", { session });
      await S3Downloader.download("s3://data/project/up", join(folder, "down"), { session });
    },
  },
  {
    name: "a model is registered, and approved",
    features: ["register"],
    prepare: async (scene) => await trained(scene),
    async run(scene) {
      const job = await attached(scene);
      await job.registerModel({ name: "pricing", alias: "champion" });
      await job.registerModel({ name: "pricing", approvalStatus: "Approved" });
    },
  },
  {
    name: "an upload by hand that breaks off leaves no parts",
    features: ["transfer"],
    prepare: async ({ wire }) => await put(wire, "data", "there", "1"),
    async run({ wire, session, folder }) {
      await writeFile(join(folder, "large"), Buffer.alloc(LARGE));
      wire.fault = ({ operation }) =>
        operation === "s3:UploadPart" ? { status: 400, headers: {}, body: "" } : undefined;
      await S3Uploader.upload(join(folder, "large"), "s3://data/project/up", { session }).catch(
        () => {},
      );
    },
  },
  {
    name: "a local cloud reads what it does not hold",
    features: ["upstream"],
    prepare: async ({ wire }) => await put(wire, "data", "project/train/a.csv", "1"),
    async run({ session, folder }) {
      const program = await writeProgram(join(folder, "program"), { train: "#!/bin/sh\n" });
      const cloud = new LocalCloud({ root: join(folder, "local"), upstream: session });
      const local = cloud.session();
      const options = { imageUri: program, role: ROLE, instanceType: "ml.m5.large" };
      await new Estimator({ ...options, session: local }).fit("s3://data/project/train/", QUIET);
    },
  },
  {
    name: "a notebook's role is asked",
    features: ["notebook-role"],
    async run(scene) {
      await notebook(scene, { ResourceName: "notebook" });
      await notebook(scene, { DomainId: "d-1", SpaceName: "space" });
    },
  },
  {
    name: "the role of the credentials is asked",
    features: ["own-role"],
    async run({ wire, session, folder }) {
      wire.account.role("somebody");
      wire.account.caller = `arn:aws:sts::${ACCOUNT}:assumed-role/somebody/session`;
      await findExecutionRole(session, {}, join(folder, "none"));
    },
  },
  {
    name: "a role is assumed",
    features: ["assume-role", "own-role"],
    async run({ wire }) {
      const session = wire.session({ roleArn: `arn:aws:iam::${ACCOUNT}:role/somebody` });
      await session.accountId();
    },
  },
  {
    name: "runs are logged to a managed tracking server",
    features: ["mlflow-server", "transfer"],
    async prepare({ wire }) {
      const { sagemaker, store } = await artifactStore(wire);
      await sagemaker.createMlflowTrackingServer({ TrackingServerName: "pricing", ...store });
    },
    async run(scene) {
      const arn = `arn:aws:sagemaker:${REGION}:${ACCOUNT}:mlflow-tracking-server/pricing`;
      const client = await logEverything(scene, arn);
      const id = await client.createExperiment("second");
      await client.renameExperiment(id, "renamed");
      await client.setExperimentTag(id, "a", "b");
      await client.deleteExperiment(id);
      await client.restoreExperiment(id);
      await client.getExperiment(id);
      await client.searchExperiments();
      const { info } = await client.createRun(id);
      const dataset = { name: "d", digest: "1", sourceType: "s3", source: "{}" };
      await client.logInputs(info.runId, [{ dataset, tags: [] }]);
      await client.setTag(info.runId, "a", "b");
      await client.deleteTag(info.runId, "a");
      await client.deleteRun(info.runId);
      await client.restoreRun(info.runId);
      await client.getMetricHistory(info.runId, "loss");
      await client.searchRuns([id]);
    },
  },
  {
    name: "models are registered at a managed tracking server",
    features: ["mlflow-models"],
    async prepare({ wire }) {
      const { sagemaker, store } = await artifactStore(wire);
      await sagemaker.createMlflowTrackingServer({ TrackingServerName: "pricing", ...store });
    },
    async run({ session }) {
      const trackingUri = `arn:aws:sagemaker:${REGION}:${ACCOUNT}:mlflow-tracking-server/pricing`;
      const client = new MlflowClient({ trackingUri, session, retry: { retries: 0 } });
      await client.createRegisteredModel("first");
      await client.renameRegisteredModel("first", "glm");
      await client.updateRegisteredModel("glm", { description: "d" });
      await client.setRegisteredModelTag("glm", "a", "b");
      await client.deleteRegisteredModelTag("glm", "a");
      await client.searchRegisteredModels({ orderBy: ["name ASC", "last_updated_timestamp DESC"] });
      const { version } = await client.createModelVersion("glm", "s3://data/project/model");
      await client.updateModelVersion("glm", version, { description: "d" });
      await client.transitionModelVersionStage("glm", version, "Staging");
      await client.getLatestVersions("glm");
      await client.setRegisteredModelAlias("glm", "best", version);
      await client.getModelVersionByAlias("glm", "best");
      await client.deleteRegisteredModelAlias("glm", "best");
      await client.deleteModelVersionTag("glm", version, "a");
      await client.getModelVersion("glm", version);
      await client.getModelVersionDownloadUri("glm", version);
      await client.searchModelVersions({ filter: "name = 'glm'" });
      await client.deleteModelVersion("glm", version);
      await client.getRegisteredModel("glm");
      await client.deleteRegisteredModel("glm");
    },
  },
  {
    name: "runs are logged to a managed app",
    features: ["mlflow-app", "transfer"],
    async run(scene) {
      const { sagemaker, store } = await artifactStore(scene.wire);
      const { Arn = "" } = await sagemaker.createMlflowApp({ Name: "pricing", ...store });
      await logEverything(scene, Arn);
    },
  },
  {
    name: "defaults lie in S3",
    features: ["config"],
    prepare: async ({ wire }) =>
      await put(wire, "settings", "team/config.yaml", 'SchemaVersion: "1.0"\n'),
    async run({ wire }) {
      vi.stubEnv("SAGEMAKER_USER_CONFIG_OVERRIDE", "s3://settings/team/config.yaml");
      await wire.session({}).sagemakerConfig();
    },
  },
];
