/** What the service does in the execution role's name, as AWS documents it: no call of ours, so no test can record it. */

import { TRUST_STATEMENT } from "../src/training/policies.ts";
import type { Grant, Place } from "./policy-document.ts";

/** A page of AWS's documentation. */
interface Page {
  readonly title: string;
  readonly url: string;
}

/** What the role needs for one thing. */
export interface RolePart {
  readonly id: string;
  readonly title: string;
  readonly grants: readonly Grant[];
  /** Where AWS says so; none where it does not. */
  readonly pages: readonly Page[];
  /** Where this is narrower than the pages, or goes beyond them. */
  readonly note?: string;
}

const GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg";

const ROLES: Page = {
  title: "CreateTrainingJob API: Execution Role Permissions",
  url: `${GUIDE}/sagemaker-roles.html#sagemaker-roles-createtrainingjob-perms`,
};
const LOG_RESOURCES: Page = {
  title: "CloudWatch Logs permissions reference",
  url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/permissions-reference-cwl.html",
};
const VPC: Page = {
  title: "Give SageMaker Training Jobs Access to Resources in Your Amazon VPC",
  url: `${GUIDE}/train-vpc.html`,
};
const MULTIPART: Page = {
  title: "S3 API Reference: CreateMultipartUpload",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html",
};
const REMOTE_DEBUG: Page = {
  title: "Access a training container through AWS Systems Manager for remote debugging",
  url: `${GUIDE}/train-remote-debugging.html`,
};

const MLFLOW: Page = {
  title: "Set up IAM permissions for MLflow",
  url: `${GUIDE}/mlflow-create-tracking-server-iam.html`,
};

const OWN = "arn:aws:s3:::BUCKET";
const DEFAULT = "arn:aws:s3:::sagemaker-REGION-ACCOUNT";
const LOGS = "arn:aws:logs:REGION:ACCOUNT:log-group:/aws/sagemaker/TrainingJobs";
const SAGEMAKER = "arn:aws:sagemaker:REGION:ACCOUNT";
const KEY = "arn:aws:kms:REGION:ACCOUNT:key/KEY";

function grants(actions: readonly string[], ...arns: readonly string[]): Grant[] {
  const place: Place = { arns };
  return actions.map((action) => ({ action, place }));
}

/** Lets the service take the role. */
export const TRUST = { Version: "2012-10-17", Statement: [TRUST_STATEMENT] } as const;

/** What every job needs, with inputs and outputs in the default bucket. */
export const ROLE_LEAST: readonly RolePart[] = [
  {
    id: "default-bucket",
    title: "inputs and outputs",
    grants: [
      ...grants(["s3:ListBucket"], DEFAULT),
      ...grants(["s3:GetObject", "s3:PutObject"], `${DEFAULT}/*`),
    ],
    pages: [ROLES],
  },
  {
    id: "image",
    title: "the image",
    grants: [
      ...grants(
        ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        "arn:aws:ecr:REGION:ACCOUNT:repository/REPOSITORY",
      ),
      ...grants(["ecr:GetAuthorizationToken"], "*"),
    ],
    pages: [ROLES],
  },
  {
    id: "log",
    title: "the log",
    grants: grants(
      [
        ...["logs:CreateLogGroup", "logs:CreateLogStream"],
        ...["logs:DescribeLogStreams", "logs:PutLogEvents"],
      ],
      LOGS,
      `${LOGS}:*`,
    ),
    pages: [ROLES, LOG_RESOURCES],
    note: "The first page gives these on `*`; the second says that they can be given on a log group, and here they are on that of training jobs.",
  },
  {
    id: "metrics",
    title: "metrics",
    grants: grants(["cloudwatch:PutMetricData"], "*"),
    pages: [ROLES],
  },
];

/** What options add. */
export const ROLE_OPTIONS: readonly RolePart[] = [
  {
    id: "inputs",
    title: "Inputs, or code, in a bucket of your own",
    grants: [...grants(["s3:ListBucket"], OWN), ...grants(["s3:GetObject"], `${OWN}/PREFIX/*`)],
    pages: [ROLES],
  },
  {
    id: "outputs",
    title: "`outputPath` in a bucket of your own",
    grants: grants(["s3:GetObject", "s3:PutObject"], `${OWN}/PREFIX/*`),
    pages: [ROLES],
  },
  {
    id: "more-outputs",
    title:
      "`checkpointS3Uri` and the paths of debugger, profiler and TensorBoard in a bucket of your own",
    grants: [
      ...grants(["s3:ListBucket"], OWN),
      ...grants(["s3:GetObject", "s3:PutObject"], `${OWN}/PREFIX/*`),
    ],
    pages: [],
    note: "We found no page of AWS's that lists the actions for these. The service writes there in the role's name, and brings checkpoints back; the actions are those of inputs and outputs.",
  },
  {
    id: "vpc",
    title: "`subnets` and `securityGroupIds`",
    grants: grants(
      [
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
      ],
      "*",
    ),
    pages: [ROLES, VPC],
    note: "A `FileSystemInput` (EFS, FSx for Lustre) lies in a VPC, and needs these. What a policy of the EFS file system itself asks for comes on top: we found no page that says what of it a training job needs.",
  },
  {
    id: "input-key",
    title: "Inputs that are encrypted with a key of your own",
    grants: grants(["kms:Decrypt"], KEY),
    pages: [ROLES],
  },
  {
    id: "output-key",
    title: "`outputKmsKey`",
    grants: grants(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], KEY),
    pages: [ROLES, MULTIPART],
    note: "The first page names `kms:Encrypt` alone; S3 asks for the two others of whoever uploads in parts.",
  },
  {
    id: "volume-key",
    title: "`volumeKmsKey`",
    grants: grants(["kms:CreateGrant"], KEY),
    pages: [ROLES],
  },
  {
    id: "mlflow",
    title: "Programs that log to SageMaker-managed MLflow",
    grants: [
      ...grants(["sagemaker-mlflow:*"], `${SAGEMAKER}:mlflow-tracking-server/SERVER`),
      ...grants(["sagemaker:CallMlflowAppApi"], `${SAGEMAKER}:mlflow-app/APP`),
      ...grants(["s3:ListBucket"], OWN),
      ...grants(["s3:GetObject", "s3:PutObject"], `${OWN}/PREFIX/*`),
    ],
    pages: [MLFLOW],
    note: "The page gives the first on `*`, and lists the actions that can be given one by one; the second, for apps, we found on no page. Artifacts go from the program to S3, below `ArtifactStoreUri`.",
  },
  {
    id: "remote-debug",
    title: "`enableRemoteDebug`",
    grants: grants(
      [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
      ],
      "*",
    ),
    pages: [REMOTE_DEBUG],
    note: "Whoever opens the shell needs `ssm:StartSession` and `ssm:TerminateSession` besides; this library does not.",
  },
];
