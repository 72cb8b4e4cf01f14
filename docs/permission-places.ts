/** What the caller's calls are about, as ARNs with the words that the reader puts own names for. */

import { TO_SAGEMAKER } from "../src/training/policies.ts";
import type { Place } from "./policy-document.ts";

const DEFAULT_BUCKET = "arn:aws:s3:::sagemaker-REGION-ACCOUNT";
const OWN_BUCKET = "arn:aws:s3:::BUCKET";
const SAGEMAKER = "arn:aws:sagemaker:REGION:ACCOUNT";

/** The places by name. */
export const PLACES = {
  everything: { arns: ["*"] },
  jobs: { arns: [`${SAGEMAKER}:training-job/*`] },
  modelGroups: { arns: [`${SAGEMAKER}:model-package-group/*`] },
  models: { arns: [`${SAGEMAKER}:model-package/*`] },
  registry: { arns: [`${SAGEMAKER}:model-package-group/*`, `${SAGEMAKER}:model-package/*`] },
  logs: { arns: ["arn:aws:logs:REGION:ACCOUNT:log-group:/aws/sagemaker/TrainingJobs:*"] },
  role: { arns: ["arn:aws:iam::ACCOUNT:role/ROLE"] },
  passedRole: {
    arns: ["arn:aws:iam::ACCOUNT:role/ROLE"],
    condition: TO_SAGEMAKER,
  },
  caller: { arns: ["arn:aws:iam::ACCOUNT:user/CALLER", "arn:aws:iam::ACCOUNT:role/CALLER"] },
  callerRole: { arns: ["arn:aws:iam::ACCOUNT:role/CALLER"] },
  image: { arns: ["arn:aws:ecr:REGION:ACCOUNT:repository/REPOSITORY"] },
  notebooks: { arns: [`${SAGEMAKER}:notebook-instance/*`] },
  studio: {
    arns: [`${SAGEMAKER}:domain/*`, `${SAGEMAKER}:space/*`, `${SAGEMAKER}:user-profile/*`],
  },
  mlflowServer: { arns: [`${SAGEMAKER}:mlflow-tracking-server/SERVER`] },
  mlflowApp: { arns: [`${SAGEMAKER}:mlflow-app/APP`] },
  key: { arns: ["arn:aws:kms:REGION:ACCOUNT:key/KEY"] },
  defaultBucket: { arns: [DEFAULT_BUCKET] },
  staged: { arns: [`${DEFAULT_BUCKET}/sagemaker-estimator/inputs/*`] },
  sharedCode: { arns: [`${DEFAULT_BUCKET}/sagemaker-estimator/code/*`] },
  jobCode: { arns: [`${DEFAULT_BUCKET}/*/source/sourcedir.tar.gz`] },
  runIndex: { arns: [`${DEFAULT_BUCKET}/sagemaker-estimator/runs/*`] },
  runRecord: { arns: [`${DEFAULT_BUCKET}/*/run.json`] },
  output: { arns: [`${DEFAULT_BUCKET}/*/output/*`] },
  ownBucket: { arns: [OWN_BUCKET] },
  ownList: {
    arns: [OWN_BUCKET],
    condition: { StringLike: { "s3:prefix": ["PREFIX", "PREFIX/*"] } },
  },
  ownObjects: { arns: [`${OWN_BUCKET}/PREFIX/*`] },
  ownStaged: { arns: [`${OWN_BUCKET}/PREFIX/sagemaker-estimator/inputs/*`] },
  ownSharedCode: { arns: [`${OWN_BUCKET}/PREFIX/sagemaker-estimator/code/*`] },
  ownJobCode: { arns: [`${OWN_BUCKET}/PREFIX/*/source/sourcedir.tar.gz`] },
  ownRunRecord: { arns: [`${OWN_BUCKET}/PREFIX/*/run.json`] },
  ownOutput: { arns: [`${OWN_BUCKET}/PREFIX/*/output/*`] },
  config: { arns: ["arn:aws:s3:::CONFIG-BUCKET/CONFIG-KEY"] },
} as const satisfies Record<string, Place>;

/** The name of a place. */
export type PlaceName = keyof typeof PLACES;
