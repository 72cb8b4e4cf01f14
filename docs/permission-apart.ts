/** Features that many callers never use: each has a policy of its own in the permissions guide. */

import { FAILS, type Feature, PARTS } from "./permission-feature.ts";

/** The features. */
export const APART: readonly Feature[] = [
  {
    id: "transfer",
    title: "`S3Uploader`, `S3Downloader`",
    calls: [
      { operations: ["s3:ListObjectsV2"], place: "ownList" },
      {
        operations: [
          ...["s3:GetObject", "s3:HeadObject", "s3:PutObject", ...PARTS],
          "s3:AbortMultipartUpload",
        ],
        place: "ownObjects",
      },
    ],
    denied: `${FAILS} Without \`s3:AbortMultipartUpload\` alone, the parts of an upload that was broken off stay in the bucket.`,
  },
  {
    id: "upstream",
    title: "`new LocalCloud({ upstream })`",
    calls: [
      { operations: ["s3:ListObjectsV2"], place: "ownList" },
      { operations: ["s3:GetObject"], place: "ownObjects" },
    ],
    denied:
      "What the local cloud does not hold cannot be read: the job is refused, or the call is.",
  },
  {
    id: "notebook-role",
    title: "`getExecutionRole()` in a notebook instance or in Studio",
    calls: [
      { operations: ["sagemaker:DescribeNotebookInstance"], place: "notebooks" },
      {
        operations: [
          "sagemaker:DescribeSpace",
          "sagemaker:DescribeUserProfile",
          "sagemaker:DescribeDomain",
        ],
        place: "studio",
      },
    ],
    denied: "The role that the credentials have assumed is taken instead (a warning says so).",
  },
  {
    id: "own-role",
    title: "`getExecutionRole()` elsewhere",
    calls: [
      { operations: ["sts:GetCallerIdentity"], place: "everything" },
      { operations: ["iam:GetRole"], place: "callerRole" },
    ],
    denied: "The error asks for the role's ARN.",
  },
  {
    id: "assume-role",
    title: "`new Session({ roleArn })`",
    calls: [{ operations: ["sts:AssumeRole"], place: "callerRole" }],
    denied: "Nothing can be done with the session. All else is then asked of the assumed role.",
  },
  {
    id: "config",
    title: "`config.yaml` in S3",
    calls: [{ operations: ["s3:GetObject"], place: "config" }],
    denied: "The call that needs the defaults fails, and names the file.",
  },
];
