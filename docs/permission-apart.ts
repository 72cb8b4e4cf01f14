/** Features that many callers never use: each has a policy of its own in the permissions guide. */

import { FAILS, type Feature, PARTS } from "./permission-feature.ts";

const ARTIFACTS =
  "Artifacts lie in S3, below the server's `ArtifactStoreUri`: they need the row of `S3Uploader` and `S3Downloader` there.";

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
    id: "register",
    title: "`job.registerModel()`",
    calls: [
      { operations: ["sagemaker:DescribeTrainingJob"], place: "jobs" },
      { operations: ["s3:GetObject"], place: "runRecord" },
      {
        operations: ["sagemaker:DescribeModelPackageGroup", "sagemaker:CreateModelPackageGroup"],
        place: "modelGroups",
      },
      {
        operations: [
          "sagemaker:ListModelPackages",
          "sagemaker:DescribeModelPackage",
          "sagemaker:UpdateModelPackage",
        ],
        place: "models",
      },
      { operations: ["sagemaker:CreateModelPackage"], place: "registry" },
      { operations: ["sagemaker:AddTags"], place: "modelGroups" },
    ],
    // As AWS's own policy for the registry has it: the service looks at the model and its image in the caller's name.
    also: [
      { action: "s3:GetObject", place: "output" },
      { action: "ecr:BatchGetImage", place: "image" },
      { action: "ecr:DescribeImages", place: "image" },
    ],
    denied:
      "The call fails, and its error names the action and what was registered by then. Without `s3:GetObject` of the run record the version has no commit (a warning says so). " +
      "Where versions may be made and not listed, as in a group of another account, a warning says that the model may be there twice. " +
      "`sagemaker:CreateModelPackageGroup` is not needed where the group is there, `sagemaker:AddTags` only for `alias`, and `sagemaker:UpdateModelPackage` only for what changes of a version that is there.",
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
    id: "mlflow-server",
    title: "`MlflowClient`, and `fit({ mlflow })`, with the ARN of a tracking server",
    calls: [
      {
        operations: [
          ...["CreateExperiment", "GetExperiment", "GetExperimentByName", "SearchExperiments"],
          ...["UpdateExperiment", "DeleteExperiment", "RestoreExperiment", "SetExperimentTag"],
          ...["CreateRun", "GetRun", "UpdateRun", "DeleteRun", "RestoreRun", "SearchRuns"],
          ...["LogBatch", "LogInputs", "DeleteTag", "GetMetricHistory"],
        ].map((name) => `sagemaker-mlflow:${name}`),
        place: "mlflowServer",
      },
    ],
    denied: `${FAILS} ${ARTIFACTS}`,
  },
  {
    id: "mlflow-models",
    title: "Registered models of a tracking server, by `MlflowClient`",
    calls: [
      {
        operations: [
          ...["CreateRegisteredModel", "GetRegisteredModel", "SearchRegisteredModels"],
          ...["RenameRegisteredModel", "UpdateRegisteredModel", "DeleteRegisteredModel"],
          ...["SetRegisteredModelTag", "DeleteRegisteredModelTag", "GetLatestModelVersions"],
          ...["SetRegisteredModelAlias", "GetModelVersionByAlias", "DeleteRegisteredModelAlias"],
          ...["CreateModelVersion", "GetModelVersion", "SearchModelVersions", "UpdateModelVersion"],
          ...["DeleteModelVersion", "GetDownloadURIForModelVersionArtifacts"],
          ...["TransitionModelVersionStage", "DeleteModelVersionTag"],
        ].map((name) => `sagemaker-mlflow:${name}`),
        place: "mlflowServer",
      },
    ],
    denied: `${FAILS} AWS names no action for \`setModelVersionTag()\`.`,
  },
  {
    id: "mlflow-app",
    title: "`MlflowClient`, and `fit({ mlflow })`, with the ARN of an app",
    calls: [{ operations: ["sagemaker:CallMlflowAppApi"], place: "mlflowApp" }],
    denied: `${FAILS} It is one action for all that an app can do: whoever may read may delete. ${ARTIFACTS}`,
  },
  {
    id: "config",
    title: "`config.yaml` in S3",
    calls: [{ operations: ["s3:GetObject"], place: "config" }],
    denied: "The call that needs the defaults fails, and names the file.",
  },
];
