/** Limits of channels. */

import { TrainingInput } from "../../../src/index.ts";
import type { PlanCase } from "../../helpers/plan-case.ts";
import { type Limit, list, long } from "./values.ts";

/** An input with one option. */
const channel =
  (option: string) =>
  (value: unknown): PlanCase => ({
    inputs: { train: new TrainingInput("s3://bucket/x", { [option]: value } as object) },
  });
/** All of them. */
export const INPUT_LIMITS: readonly Limit[] = [
  {
    path: "inputs",
    member: "InputDataConfig",
    values: [20, 21],
    given: (value) => ({
      inputs: Object.fromEntries(list(value as number).map((name) => [name, "s3://bucket/x"])),
    }),
  },
  ...["a.b-c_1", "a b", long(64), long(65), "ü", "a/b"].map(
    (name): Limit => ({
      path: `inputs.${name}.channel name`,
      member: "InputDataConfig.0.ChannelName",
      values: [name],
      given: (value) => ({ inputs: { [value as string]: "s3://bucket/x" } }),
    }),
  ),
  {
    path: "inputs.train.contentType",
    member: "InputDataConfig.0.ContentType",
    values: ["", long(256), long(257), "a\nb"],
    given: channel("contentType"),
  },
  {
    path: "inputs.train.s3DataType",
    member: "InputDataConfig.0.DataSource.S3DataSource.S3DataType",
    values: ["S3Prefix", "ManifestFile", "Converse", "prefix"],
    given: channel("s3DataType"),
  },
  {
    path: "inputs.train.distribution",
    member: "InputDataConfig.0.DataSource.S3DataSource.S3DataDistributionType",
    values: ["ShardedByS3Key", "Sharded"],
    given: channel("distribution"),
  },
  {
    path: "inputs.train.compression",
    member: "InputDataConfig.0.CompressionType",
    values: ["Gzip", "None", "gzip"],
    given: channel("compression"),
  },
  {
    path: "inputs.train.recordWrapping",
    member: "InputDataConfig.0.RecordWrapperType",
    values: ["RecordIO", "None", ""],
    given: channel("recordWrapping"),
  },
  {
    path: "inputs.train.inputMode",
    member: "InputDataConfig.0.InputMode",
    values: ["File", "FastFile", "Fast"],
    given: channel("inputMode"),
  },
  {
    path: "inputs.train.attributeNames",
    member: "InputDataConfig.0.DataSource.S3DataSource.AttributeNames",
    values: [[], list(16), list(17)],
    given: channel("attributeNames"),
  },
  {
    path: "inputs.train.attributeNames[0]",
    member: "InputDataConfig.0.DataSource.S3DataSource.AttributeNames.0",
    values: ["", "a", long(256), long(257)],
    given: (value) => channel("attributeNames")([value]),
  },
  {
    path: "inputs.train.shuffleConfig.seed",
    member: "InputDataConfig.0.ShuffleConfig.Seed",
    values: [0, -5, 2 ** 40, 1.5, undefined],
    given: (seed) => channel("shuffleConfig")({ seed }),
  },
  {
    path: "inputs.train.modelAccessConfig.AcceptEula",
    member: "InputDataConfig.0.DataSource.S3DataSource.ModelAccessConfig.AcceptEula",
    values: [true, "yes", undefined],
    given: (AcceptEula) => channel("modelAccessConfig")({ AcceptEula }),
  },
  {
    path: "inputs.train.hubAccessConfig.HubContentArn",
    member: "InputDataConfig.0.DataSource.S3DataSource.HubAccessConfig.HubContentArn",
    values: ["", long(255), long(256)],
    given: (HubContentArn) => channel("hubAccessConfig")({ HubContentArn }),
  },
];
