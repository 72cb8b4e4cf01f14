/** What each feature asks of AWS: the table that the permissions guide is made from, and that a test holds against the calls. */

import { START_OPERATIONS, TAG_ACTION } from "../src/training/policies.ts";
import { ACTIONS } from "./permission-actions.ts";
import { APART } from "./permission-apart.ts";
import { type Calls, FAILS, type Feature, PARTS } from "./permission-feature.ts";
import { PLACES } from "./permission-places.ts";
import type { Grant } from "./policy-document.ts";

/** The features; the first ones are the least that a job is started and followed with. */
export const USUAL: readonly Feature[] = [
  {
    id: "start",
    title: "`fit()`, `wait()`, `describe()` with outputs in the default bucket",
    calls: [
      { operations: ["sts:GetCallerIdentity"], place: "everything" },
      { operations: ["s3:HeadBucket"], place: "defaultBucket" },
      {
        operations: START_OPERATIONS,
        place: "jobs",
      },
    ],
    also: [{ action: "iam:PassRole", place: "passedRole" }],
    denied: "No job is started.",
  },
  {
    id: "logs",
    title: '`fit()` and `wait()` unless `logs: "None"`; `logs()`, `events()`',
    calls: [{ operations: ["logs:DescribeLogStreams", "logs:GetLogEvents"], place: "logs" }],
    denied: "The wait goes on without the log (warning `log-unavailable`); `logs()` fails.",
  },
  {
    id: "bucket",
    title: "The default bucket made where it is missing",
    calls: [{ operations: ["s3:CreateBucket", "s3:PutPublicAccessBlock"], place: "defaultBucket" }],
    denied: "Nothing is started. Not needed once the bucket is there.",
  },
  {
    id: "inputs",
    title: 'Local inputs and values; code as a channel (`codeDelivery: "channel"`)',
    calls: [
      { operations: ["s3:ListObjectsV2"], place: "defaultBucket" },
      { operations: ["s3:PutObject", ...PARTS, "s3:AbortMultipartUpload"], place: "staged" },
    ],
    denied:
      "Nothing is started. Without `s3:AbortMultipartUpload` alone, the parts of an upload that was broken off stay in the bucket.",
  },
  {
    id: "s3-inputs",
    title: "Inputs that lie in S3 already",
    calls: [{ operations: ["s3:ListObjectsV2"], place: "ownList" }],
    denied:
      "The job starts: the execution role reads the data. Whether there is any is a note, and the run record has no digest of it.",
  },
  {
    id: "output-path",
    title: "`outputPath` in a bucket of your own",
    calls: [
      { operations: ["s3:PutObject", "s3:GetObject"], place: "ownRunRecord" },
      { operations: ["s3:ListObjectsV2"], place: "ownList" },
      { operations: ["s3:HeadObject"], place: "ownOutput" },
    ],
    denied: "The job goes on without a run record (warning `run-record`).",
  },
  {
    id: "toolkit-code",
    title: 'Code as an archive (`codeDelivery: "toolkit"`)',
    calls: [
      { operations: ["s3:HeadObject", "s3:PutObject"], place: "sharedCode" },
      { operations: ["s3:CopyObject"], place: "jobCode", source: "sharedCode" },
      { operations: ["s3:HeadObject"], place: "jobCode" },
    ],
    denied: "Nothing is started.",
  },
  {
    id: "code-location",
    title: '`codeLocation: "s3://BUCKET/PREFIX"`',
    calls: [
      { operations: ["s3:ListObjectsV2"], place: "ownBucket" },
      { operations: ["s3:PutObject"], place: "ownStaged" },
      { operations: ["s3:HeadObject", "s3:PutObject"], place: "ownSharedCode" },
      { operations: ["s3:CopyObject"], place: "ownJobCode", source: "ownSharedCode" },
      { operations: ["s3:HeadObject"], place: "ownJobCode" },
    ],
    denied:
      "Nothing is started. `s3:ListBucket` without a prefix: S3 says that an archive is not there yet only with it.",
  },
  {
    id: "tags",
    title: "`tags`",
    calls: [{ operations: ["sagemaker:CreateTrainingJob"], place: "jobs" }],
    also: [{ action: TAG_ACTION, place: "jobs" }],
    denied: "The service refuses to create a job that has tags.",
  },
  {
    id: "record",
    title: "The run record; `job.runRecord()`",
    calls: [
      { operations: ["s3:PutObject", "s3:GetObject"], place: "runRecord" },
      { operations: ["s3:PutObject"], place: "runIndex" },
      { operations: ["sagemaker:AddTags"], place: "jobs" },
      { operations: ["s3:ListObjectsV2"], place: "defaultBucket" },
      { operations: ["s3:HeadObject"], place: "output" },
    ],
    denied:
      "The job goes on without record, tag or entry in the index (warnings `run-record`, `run-tag`, `run-index`).",
  },
  {
    id: "reuse",
    title: "`fit(inputs, { reuse: true })`",
    calls: [
      { operations: ["s3:ListObjectsV2"], place: "defaultBucket" },
      { operations: ["s3:GetObject"], place: "runRecord" },
      { operations: ["sagemaker:DescribeTrainingJob"], place: "jobs" },
    ],
    denied: "The job is trained, and a warning says why (`reuse-unknown`, `reuse-failed`).",
  },
  {
    id: "repeat",
    title: "`Estimator.fromRun()`",
    calls: [
      { operations: ["s3:GetObject"], place: "runRecord" },
      { operations: ["s3:ListObjectsV2"], place: "defaultBucket" },
      { operations: ["s3:ListObjectsV2"], place: "ownList" },
      { operations: ["s3:HeadObject"], place: "jobCode" },
      { operations: ["ecr:BatchGetImage"], place: "image" },
    ],
    denied:
      "Without the record the call fails. Whether data, code and image are still those of the run is told as a note of the plan.",
  },
  {
    id: "checks",
    title: '`plan()` and `fit()` unless `preflight: "offline"`',
    calls: [
      { operations: ["iam:GetRole"], place: "role" },
      { operations: ["iam:SimulatePrincipalPolicy"], place: "caller" },
      { operations: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], place: "image" },
      {
        operations: [
          "servicequotas:ListServiceQuotas",
          "servicequotas:GetServiceQuota",
          "pricing:GetProducts",
        ],
        place: "everything",
      },
      { operations: ["s3:HeadBucket"], place: "ownBucket" },
    ],
    denied: "A note says what was not checked. Nothing else changes.",
  },
  {
    id: "digest",
    title: "The image's digest for who may not read its manifest",
    calls: [{ operations: ["ecr:DescribeImages"], place: "image" }],
    denied:
      "Asked only where `ecr:BatchGetImage` is denied; a note tells that neither was allowed.",
  },
  {
    id: "attach",
    title: "`Estimator.attach()`, `TrainingJob.attach()`",
    calls: [{ operations: ["sagemaker:DescribeTrainingJob", "sagemaker:ListTags"], place: "jobs" }],
    denied:
      "The call fails. `TrainingJob.attach()` can do without `sagemaker:ListTags`, which tells an estimator its `tags`.",
  },
  {
    id: "list",
    title: "`TrainingJob.list()`, and following many jobs at once",
    calls: [{ operations: ["sagemaker:ListTrainingJobs"], place: "everything" }],
    denied: "`list()` fails. Jobs that are followed are asked for one by one.",
  },
  {
    id: "stop",
    title: "`job.stop()`, `stopOnDispose()`",
    calls: [
      { operations: ["sagemaker:StopTrainingJob", "sagemaker:DescribeTrainingJob"], place: "jobs" },
    ],
    denied: FAILS,
  },
  {
    id: "update",
    title: "`job.update()` and its kin",
    calls: [{ operations: ["sagemaker:UpdateTrainingJob"], place: "jobs" }],
    denied: FAILS,
  },
  {
    id: "download",
    title: "`downloadModel()`, `downloadOutput()`",
    calls: [
      { operations: ["sagemaker:DescribeTrainingJob"], place: "jobs" },
      { operations: ["s3:GetObject", "s3:HeadObject"], place: "output" },
      { operations: ["s3:ListObjectsV2"], place: "defaultBucket" },
    ],
    denied: FAILS,
  },
  {
    id: "cost",
    title: "`job.cost()` without `pricePerHourUsd`",
    calls: [
      { operations: ["sagemaker:DescribeTrainingJob"], place: "jobs" },
      { operations: ["pricing:GetProducts"], place: "everything" },
    ],
    denied: "The answer says that the price is not known.",
  },
  {
    id: "kms",
    title: "`outputKmsKey` and other keys of your own",
    calls: [],
    also: [
      { action: "kms:GenerateDataKey", place: "key" },
      { action: "kms:Decrypt", place: "key" },
    ],
    denied: "S3 refuses what would be encrypted with the key or read with it.",
  },
  {
    id: "role-name",
    title: "`role` as a name",
    calls: [{ operations: ["iam:GetRole"], place: "role" }],
    denied: "The error asks for the role's ARN in place of its name.",
  },
];

/** All of them. */
export const FEATURES: readonly Feature[] = [...USUAL, ...APART];

/** The least that a job is started and followed with. */
export const LEAST: readonly string[] = ["start", "logs"];

/**
 * What features need.
 *
 * @param ids - which features
 */
export function grantsOf(ids: readonly string[]): Grant[] {
  return FEATURES.filter(({ id }) => ids.includes(id)).flatMap(({ calls, also = [] }) => [
    ...calls.flatMap(callGrants),
    ...also.map(({ action, place }) => ({ action, place: PLACES[place] })),
  ]);
}

/** A copy reads from the one place and writes to the other. */
function callGrants({ operations, place, source }: Calls): Grant[] {
  return operations
    .flatMap((operation) => ACTIONS[operation] ?? [])
    .map((action) => ({
      action,
      place: PLACES[source !== undefined && action === "s3:GetObject" ? source : place],
    }));
}
