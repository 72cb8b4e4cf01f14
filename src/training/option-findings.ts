/** What is wrong with options and inputs that the service's model does not tell. Pure. */

import type { Finding } from "../errors.ts";
import { FileSystemInput, type FitInput, JsonInput, TrainingInput } from "../inputs.ts";
import { isS3Uri, s3UriProblem } from "../transfer/s3-uri.ts";
import { asksForLocal, type EstimatorOptions } from "./options.ts";

/** An image in Elastic Container Registry, in any partition, by tag or digest. */
const ECR_IMAGE = /^\d{12}\.dkr[.-]ecr(-fips)?\.[a-z0-9-]+\.[a-z0-9.-]+\/.+/;

/** What the service's model does not say: where images, roles and this machine may be named. */
export function optionFindings(options: EstimatorOptions, isLocal: boolean): Finding[] {
  const findings: Finding[] = [];
  const error = (path: string, message: string, hint: string): void => {
    findings.push({ severity: "error", path, message, hint });
  };
  if (options.imageUri === "") {
    error(
      "imageUri",
      "It is empty.",
      "Give an ECR URI, or a program folder's path for a local job.",
    );
  } else if (
    !isLocal &&
    !ECR_IMAGE.test(options.imageUri) &&
    options.trainingRepositoryAccessMode !== "Vpc"
  ) {
    error(
      "imageUri",
      `'${options.imageUri}' is not an image in Amazon ECR.`,
      'Give <account>.dkr.ecr.<region>.amazonaws.com/<name>:<tag>; for another registry set trainingRepositoryAccessMode: "Vpc".',
    );
  }
  if (options.role === undefined && !isLocal) {
    error(
      "role",
      "An AWS IAM role is required to train on AWS.",
      'Give its ARN, e.g. "arn:aws:iam::123456789012:role/SageMakerRole".',
    );
  }
  if (options.instanceType === undefined) {
    error(
      "instanceType",
      "It is required.",
      'Give e.g. "ml.m5.xlarge", or "local" for this machine.',
    );
  } else if (!isLocal && asksForLocal(options)) {
    error(
      "instanceType",
      `'${options.instanceType}' runs on a local cloud, and the session speaks to AWS.`,
      "Leave the session out, give new LocalCloud().session(), or name an ml. instance type.",
    );
  }
  for (const [name, value] of Object.entries(options.environment ?? {})) {
    if (typeof value !== "string") {
      error(
        `environment.${name}`,
        `A string is expected, not a ${typeof value}.`,
        "Write it as text.",
      );
    }
  }
  return findings;
}

export function inputFindings(named: readonly (readonly [string, FitInput])[]): Finding[] {
  return named.flatMap(([name, input]): Finding[] => {
    const found: Finding[] = [];
    if (name === "." || name === "..") {
      found.push({
        severity: "error",
        path: `inputs.${name}`,
        message: `A channel cannot be called '${name}': its folder would not be its own.`,
      });
    }
    if (input instanceof FileSystemInput || input instanceof JsonInput) {
      return found;
    }
    if (typeof input !== "string" && !(input instanceof URL) && !(input instanceof TrainingInput)) {
      found.push({
        severity: "error",
        path: `inputs.${name}`,
        message: `Cannot format input of type ${input === null ? "null" : typeof input}.`,
        hint: "Give an s3:// URI, a local path, a TrainingInput, a FileSystemInput or a JsonInput.",
      });
      return found;
    }
    const text = locationOf(input);
    const problem = isLocalPath(text) ? undefined : (schemeProblem(text) ?? s3UriProblem(text));
    if (problem !== undefined) {
      found.push({ severity: "error", path: `inputs.${name}.s3Data`, message: problem });
    }
    return found;
  });
}

function schemeProblem(text: string): string | undefined {
  return isS3Uri(text) || /^https?:/i.test(text)
    ? undefined
    : `URI input ${text} must be a valid S3 or FILE URI: must start with "s3://" or "file://".`;
}

/** The URI or path of an input that has one. */
export function locationOf(input: FitInput): string {
  return input instanceof TrainingInput ? input.s3Data : String(input);
}

/** Anything without a scheme is a path (so is `C:\data`), and `file:` is one. */
export function isLocalPath(text: string): boolean {
  return /^file:/i.test(text) || !/^[a-z][a-z0-9+.-]+:/i.test(text);
}
