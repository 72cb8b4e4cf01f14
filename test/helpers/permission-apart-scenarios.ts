/** Programs that use what has a policy of its own in the permissions guide: transfers by hand, a cloud behind the local one, roles, defaults in S3. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { vi } from "vitest";
import { findExecutionRole } from "../../src/execution-role.ts";
import { Estimator, S3Downloader, S3Uploader } from "../../src/index.ts";
import { LocalCloud } from "../../src/local/index.ts";
import { ACCOUNT } from "./account-wire.ts";
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

/** A program. */
export interface Scenario {
  readonly name: string;
  /** The features that it uses. */
  readonly features: readonly string[];
  /** What is there before, made by somebody who may. */
  prepare?(scene: Scene): Promise<unknown>;
  run(scene: Scene): Promise<unknown>;
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
