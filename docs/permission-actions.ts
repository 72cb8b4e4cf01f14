/** Which IAM actions each operation needs: mostly the one of its own name, but not in S3. */

const SAME: readonly string[] = [
  "sagemaker:CreateTrainingJob",
  "sagemaker:DescribeTrainingJob",
  "sagemaker:ListTrainingJobs",
  "sagemaker:StopTrainingJob",
  "sagemaker:UpdateTrainingJob",
  "sagemaker:DescribeModelPackageGroup",
  "sagemaker:CreateModelPackageGroup",
  "sagemaker:ListModelPackages",
  "sagemaker:CreateModelPackage",
  "sagemaker:DescribeModelPackage",
  "sagemaker:UpdateModelPackage",
  "sagemaker:AddTags",
  "sagemaker:CallMlflowAppApi",
  "sagemaker:ListTags",
  "sagemaker:DescribeNotebookInstance",
  "sagemaker:DescribeSpace",
  "sagemaker:DescribeUserProfile",
  "sagemaker:DescribeDomain",
  "logs:DescribeLogStreams",
  "logs:GetLogEvents",
  "iam:GetRole",
  "iam:SimulatePrincipalPolicy",
  "ecr:BatchGetImage",
  "ecr:DescribeImages",
  "ecr:GetDownloadUrlForLayer",
  "servicequotas:ListServiceQuotas",
  "servicequotas:GetServiceQuota",
  "pricing:GetProducts",
  "sts:AssumeRole",
  "s3:GetObject",
  "s3:PutObject",
  "s3:CreateBucket",
  "s3:AbortMultipartUpload",
];

/** Of managed tracking servers each REST call has an action of its own. */
const MLFLOW: readonly string[] = [
  ...["CreateExperiment", "GetExperiment", "GetExperimentByName", "SearchExperiments"],
  ...["UpdateExperiment", "DeleteExperiment", "RestoreExperiment", "SetExperimentTag"],
  ...["CreateRun", "GetRun", "UpdateRun", "DeleteRun", "RestoreRun", "SearchRuns"],
  ...["LogBatch", "LogInputs", "DeleteTag", "GetMetricHistory"],
  ...["CreateRegisteredModel", "GetRegisteredModel", "SearchRegisteredModels"],
  ...["RenameRegisteredModel", "UpdateRegisteredModel", "DeleteRegisteredModel"],
  ...["SetRegisteredModelTag", "DeleteRegisteredModelTag", "GetLatestModelVersions"],
  ...["SetRegisteredModelAlias", "GetModelVersionByAlias", "DeleteRegisteredModelAlias"],
  ...["CreateModelVersion", "GetModelVersion", "SearchModelVersions", "UpdateModelVersion"],
  ...["DeleteModelVersion", "GetDownloadURIForModelVersionArtifacts"],
  ...["TransitionModelVersionStage", "DeleteModelVersionTag"],
].map((name) => `sagemaker-mlflow:${name}`);

/** IAM actions by `service:Operation`; an empty list for what needs no permission. */
export const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries([...SAME, ...MLFLOW].map((name) => [name, [name]])),
  // STS answers whoever has credentials.
  "sts:GetCallerIdentity": [],
  "s3:HeadBucket": ["s3:ListBucket"],
  "s3:ListObjectsV2": ["s3:ListBucket"],
  "s3:HeadObject": ["s3:GetObject"],
  "s3:CopyObject": ["s3:GetObject", "s3:PutObject"],
  "s3:CreateMultipartUpload": ["s3:PutObject"],
  "s3:UploadPart": ["s3:PutObject"],
  "s3:CompleteMultipartUpload": ["s3:PutObject"],
  "s3:PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
};
