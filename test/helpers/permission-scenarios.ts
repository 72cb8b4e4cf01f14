/** Programs that use the features of the permissions guide, one by one: each says which ones. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Estimator, TrainingJob } from "../../src/index.ts";
import { APART_SCENARIOS, type Scenario } from "./permission-apart-scenarios.ts";
import {
  attached,
  CHECKED,
  codeOf,
  DEFAULT_BUCKET,
  estimator,
  forgetOutcome,
  LARGE,
  put,
  QUIET,
  trained,
} from "./permission-scene.ts";

/** Every scenario. */
export const SCENARIOS: readonly Scenario[] = [
  ...APART_SCENARIOS,
  {
    name: "a job is started, followed and recorded",
    features: ["start", "logs", "record", "checks"],
    prepare: async ({ wire }) => await put(wire, DEFAULT_BUCKET, "there", "1"),
    async run(scene) {
      await estimator(scene).fit(undefined, { ...CHECKED, jobName: "first" });
      // By now the quotas' codes are known.
      await estimator(scene).plan();
    },
  },
  {
    name: "logs are read",
    features: ["start", "logs", "record"],
    prepare: async (scene) => await trained(scene),
    async run(scene) {
      for await (const _ of (await attached(scene)).logs());
    },
  },
  {
    name: "the first job of an account makes its bucket",
    features: ["start", "bucket", "record"],
    run: async (scene) => await estimator(scene).fit(undefined, QUIET),
  },
  {
    name: "local inputs are staged",
    features: ["start", "inputs", "record", "checks"],
    prepare: async ({ wire }) => await put(wire, DEFAULT_BUCKET, "there", "1"),
    async run(scene) {
      await mkdir(join(scene.folder, "input"));
      await writeFile(join(scene.folder, "input", "small"), "1");
      await writeFile(join(scene.folder, "input", "large"), Buffer.alloc(LARGE));
      await estimator(scene).fit(join(scene.folder, "input"), CHECKED);
    },
  },
  {
    name: "an upload that breaks off leaves no parts",
    features: ["start", "inputs"],
    prepare: async ({ wire }) => await put(wire, DEFAULT_BUCKET, "there", "1"),
    async run(scene) {
      const file = join(scene.folder, "large");
      await writeFile(file, Buffer.alloc(LARGE));
      scene.wire.fault = ({ operation }) =>
        operation === "s3:UploadPart" ? { status: 400, headers: {}, body: "" } : undefined;
      await estimator(scene)
        .fit(file, QUIET)
        .catch(() => {});
    },
  },
  {
    name: "inputs and outputs lie in a bucket of one's own",
    features: ["start", "s3-inputs", "output-path", "record", "checks"],
    prepare: async ({ wire }) => {
      await put(wire, "data", "project/train/a.csv", "1");
      await put(wire, DEFAULT_BUCKET, "there", "1");
    },
    async run(scene) {
      scene.wire.account.buckets.set("data", {});
      const own = { outputPath: "s3://data/project/out" };
      const job = await estimator(scene, own).fit("s3://data/project/train/", {
        ...CHECKED,
        jobName: "own",
      });
      await put(scene.wire, "data", "project/out/own/output/model.tar.gz", "m");
      await forgetOutcome(scene, "data", "project/out/own/run.json");
      await job.runRecord();
    },
  },
  {
    name: "code is delivered as an archive",
    features: ["start", "toolkit-code", "record"],
    prepare: async ({ wire }) => await put(wire, DEFAULT_BUCKET, "there", "1"),
    run: async (scene) =>
      await estimator(scene, await codeOf(scene, "toolkit")).fit(undefined, QUIET),
  },
  {
    name: "code is delivered as a channel",
    features: ["start", "inputs", "record"],
    prepare: async ({ wire }) => await put(wire, DEFAULT_BUCKET, "there", "1"),
    run: async (scene) =>
      await estimator(scene, await codeOf(scene, "channel")).fit(undefined, QUIET),
  },
  {
    name: "code goes to a bucket of one's own",
    features: ["start", "code-location", "record"],
    prepare: async ({ wire }) => {
      await put(wire, "data", "there", "1");
      await put(wire, DEFAULT_BUCKET, "there", "1");
    },
    async run(scene) {
      const code = await codeOf(scene, "channel");
      const codeLocation = "s3://data/project";
      await estimator(scene, { ...code, codeLocation }).fit(undefined, QUIET);
      const archive = { ...code, codeLocation, codeDelivery: "toolkit" as const };
      await estimator(scene, archive).fit(undefined, QUIET);
    },
  },
  {
    name: "a job has tags",
    features: ["start", "tags", "record"],
    prepare: async ({ wire }) => await put(wire, DEFAULT_BUCKET, "there", "1"),
    run: async (scene) =>
      await estimator(scene, { tags: [{ Key: "team", Value: "a" }] }).fit(undefined, QUIET),
  },
  {
    name: "the outcome is added to a record",
    features: ["start", "record"],
    prepare: async (scene) => {
      await trained(scene);
      await forgetOutcome(scene, DEFAULT_BUCKET, "trained/run.json");
    },
    run: async (scene) => await (await attached(scene)).runRecord(),
  },
  {
    name: "a job is found again",
    features: ["start", "reuse", "record", "checks"],
    prepare: async (scene) => await trained(scene),
    async run(scene) {
      const { reused } = await estimator(scene).fit(undefined, { ...CHECKED, reuse: true });
      if (!reused) throw new Error("It was trained again.");
    },
  },
  {
    name: "a run is repeated",
    features: ["repeat"],
    prepare: async (scene) => {
      await put(scene.wire, "data", "project/train/a.csv", "1");
      const code = await codeOf(scene, "toolkit");
      await trained(scene, "trained", code, "s3://data/project/train/");
      await trained(scene, "channel", { ...code, codeDelivery: "channel" });
    },
    async run({ session }) {
      await Estimator.fromRun(`s3://${DEFAULT_BUCKET}/trained/run.json`, { session });
      await Estimator.fromRun(`s3://${DEFAULT_BUCKET}/channel/run.json`, { session });
    },
  },
  {
    name: "an image is looked up without reading its manifest",
    features: ["start", "digest"],
    async run(scene) {
      const { policy } = scene.wire;
      scene.wire.fault = ({ operation }) =>
        operation === "ecr:BatchGetImage"
          ? {
              ...{ status: 400, headers: { "content-type": "application/x-amz-json-1.1" } },
              body: JSON.stringify({ __type: "AccessDeniedException", message: "no" }),
            }
          : undefined;
      // The other checks have their own scenario.
      scene.wire.policy = undefined;
      await estimator(scene).plan();
      scene.wire.policy = policy;
      const own = scene.wire.calls.filter(({ operation }) => operation === "ecr:DescribeImages");
      scene.wire.calls.splice(0, Number.POSITIVE_INFINITY, ...own);
    },
  },
  {
    name: "an estimator is attached",
    features: ["attach"],
    prepare: async (scene) => await trained(scene),
    run: async ({ session }) => await Estimator.attach("trained", { session }),
  },
  {
    name: "jobs are listed",
    features: ["list"],
    prepare: async (scene) => await trained(scene),
    async run({ session }) {
      for await (const _ of TrainingJob.list({ session }));
    },
  },
  {
    name: "a job is stopped",
    features: ["stop", "record"],
    prepare: async (scene) => await trained(scene),
    run: async (scene) => await (await attached(scene)).stop({ wait: true }),
  },
  {
    name: "a job is updated",
    features: ["start", "update"],
    prepare: async (scene) => await trained(scene),
    run: async (scene) => await (await attached(scene)).update({ keepAlivePeriodInSeconds: 60 }),
  },
  {
    name: "a model and an output are downloaded",
    features: ["download"],
    prepare: async (scene) => {
      await trained(scene);
      await trained(scene, "plain", { disableOutputCompression: true });
    },
    async run(scene) {
      const job = await attached(scene);
      await job.downloadModel(join(scene.folder, "model"), { progress: false });
      await job.downloadOutput(join(scene.folder, "output"), { progress: false });
      const plain = await TrainingJob.attach("plain", { session: scene.session });
      await plain.downloadModel(join(scene.folder, "plain"), { progress: false });
    },
  },
  {
    name: "a job's cost is asked",
    features: ["cost"],
    prepare: async (scene) => await trained(scene),
    run: async (scene) => await (await attached(scene)).cost(),
  },
  {
    name: "a role is named",
    features: ["role-name"],
    run: async ({ session }) => await session.expandRole("SageMakerRole"),
  },
];
