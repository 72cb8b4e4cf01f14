/** What is wrong with single options that the service's model does not tell. Pure. */

import type { Finding } from "../errors.ts";
import { parseEcrUri } from "../image/ecr-uri.ts";
import { asksForLocal, type EstimatorOptions } from "./options.ts";
import { tagList } from "./request.ts";

/** What the service's model does not say: where images, roles and this machine may be named. */
export function optionFindings(options: EstimatorOptions, isLocal: boolean): Finding[] {
  const findings: Finding[] = [];
  const error = (path: string, message: string, hint: string): void => {
    findings.push({ severity: "error", path, message, hint });
  };
  const isServerless = options.serverlessJobConfig !== undefined;
  const { imageUri, algorithmArn } = options;
  if (imageUri === "") {
    error(
      "imageUri",
      "It is empty.",
      "Give an ECR URI, or a program folder's path for a local job.",
    );
  } else if (imageUri === undefined) {
    // A framework's image is named by its version; what is wrong with that is told where it is looked up.
    if (algorithmArn === undefined && !isServerless && options.framework === undefined) {
      error(
        "imageUri",
        "Either imageUri or algorithmArn is required. None was provided.",
        "Give an ECR URI, or a program folder's path for a local job.",
      );
    }
  } else if (algorithmArn !== undefined) {
    error(
      "algorithmArn",
      "It cannot be given together with imageUri.",
      "Leave one of the two out.",
    );
  } else if (
    !isLocal &&
    parseEcrUri(imageUri) === undefined &&
    options.trainingRepositoryAccessMode !== "Vpc"
  ) {
    error(
      "imageUri",
      `'${imageUri}' is not an image in Amazon ECR.`,
      'Give <account>.dkr.ecr.<region>.amazonaws.com/<name>:<tag>; for another registry set trainingRepositoryAccessMode: "Vpc".',
    );
  }
  if (options.role === undefined && !isLocal) {
    error(
      "role",
      "An AWS IAM role is required to train on AWS.",
      'Give its ARN, e.g. "arn:aws:iam::123456789012:role/SageMakerRole", or write it into config.yaml (SageMaker.TrainingJob.RoleArn); ' +
        "in a SageMaker notebook: await getExecutionRole().",
    );
  }
  const { instanceType, instanceGroups, instancePreferences } = options;
  if ((instanceType ?? instanceGroups ?? instancePreferences) === undefined && !isServerless) {
    error(
      "instanceType",
      "It is required.",
      'Give e.g. "ml.m5.xlarge", or "local" for this machine.',
    );
  } else if (!isLocal && asksForLocal(options)) {
    error(
      "instanceType",
      `'${instanceType}' runs on a local cloud, and the session speaks to AWS.`,
      "Leave the session out, give new LocalCloud().session(), or name an ml. instance type.",
    );
  }
  findings.push(...tagFindings(options));
  return findings;
}

/** What the documentation says of tags (API reference, Tag): the model has neither rule. */
function tagFindings(options: EstimatorOptions): Finding[] {
  const keys = tagList(options.tags).map(({ Key }) => Key);
  const warning = (message: string, hint: string): Finding => {
    return { severity: "warning", path: "tags", message, hint };
  };
  return [...new Set(keys)].flatMap((key) => [
    ...(/^aws:/i.test(key)
      ? [warning(`'${key}' begins with aws:, which AWS keeps for itself.`, "Give it another name.")]
      : []),
    ...(keys.indexOf(key) === keys.lastIndexOf(key)
      ? []
      : [warning(`Two tags are called '${key}'.`, "Leave one of them out.")]),
  ]);
}
