/** Values about the service's limits, and how they are written down. */

import type { PlanCase } from "../../helpers/plan-case.ts";

/** An option and its member, with values about the limits: some good, some not. botocore says which. */
export interface Limit {
  /** The option's path in our names. */
  readonly path: string;
  /** The member's path in the service's names. */
  readonly member: string;
  readonly values: readonly unknown[];
  /** The case that has the value. Default: the option is set to it. */
  readonly given?: (value: unknown) => PlanCase;
}
/** A text of so many characters. */
export const long = (length: number, head = "", tail = ""): string =>
  `${head}${"x".repeat(length - head.length - tail.length)}${tail}`;
/** A map of so many entries. */
export const record = (size: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: size }, (_, index) => [`k${index}`, "v"]));
/** A list of so many names. */
export const list = (size: number): string[] =>
  Array.from({ length: size }, (_, index) => `x${index}`);
/** One member of an object. */
export const named = (value: unknown, name: string): Record<string, unknown> => ({ [name]: value });

export const ACCOUNT = "123456789012";
export const SAGEMAKER = `arn:aws:sagemaker:us-west-2:${ACCOUNT}`;
export const ECR = `${ACCOUNT}.dkr.ecr.us-west-2.amazonaws.com/`;
export const S3 = [
  "s3://bucket",
  "s3://bucket/",
  "https://bucket/x",
  long(1024, "s3://b/"),
  long(1025, "s3://b/"),
  "bucket",
  "s3:/b",
  "",
  "ftp://b/x",
  "s3://bucket/a\nb",
];
export const KMS = ["", "alias/mine", long(2048), long(2049), "has space", "arn:aws:kms:x:1:key/y"];
export const PATHS = ["", "/x", long(4096), long(4097), "/a\nb"];
export const PLAN = [
  `${SAGEMAKER}:training-plan/p`,
  `${SAGEMAKER}:training-plan/`,
  `${SAGEMAKER}:plan/xxxxxxxxxxxx`,
  "short",
  long(2048, `${SAGEMAKER}:training-plan/`),
  long(2049, `${SAGEMAKER}:training-plan/`),
];
export const COUNTS = [0, 1, 100, -1, 1.5, 2_147_483_647, 2_147_483_648, "3"];
export const noImage = { imageUri: undefined };
export const noInstances = { instanceType: undefined, instanceCount: undefined };
