/** What the service does in the execution role's name, as AWS documents it: no call of ours, so no test can record it. */

import type { Grant, Place } from "./policy-document.ts";

/** An option that the role needs more for. */
export interface RoleOption {
  readonly id: string;
  readonly title: string;
  readonly grants: readonly Grant[];
}

const OWN = "arn:aws:s3:::BUCKET";
const DEFAULT = "arn:aws:s3:::sagemaker-REGION-ACCOUNT";
const LOGS = "arn:aws:logs:REGION:ACCOUNT:log-group:/aws/sagemaker/TrainingJobs";
const KEY = "arn:aws:kms:REGION:ACCOUNT:key/KEY";

function grants(actions: readonly string[], ...arns: readonly string[]): Grant[] {
  const place: Place = { arns };
  return actions.map((action) => ({ action, place }));
}

/** Lets the service take the role. */
export const TRUST = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "sagemaker.amazonaws.com" },
      Action: "sts:AssumeRole",
    },
  ],
} as const;

/** What every job needs: its image, its log, its metrics, and the default bucket for what it reads and writes. */
export const ROLE_LEAST: readonly Grant[] = [
  ...grants(["s3:ListBucket"], DEFAULT),
  ...grants(["s3:GetObject", "s3:PutObject"], `${DEFAULT}/*`),
  ...grants(
    ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
    LOGS,
    `${LOGS}:*`,
  ),
  ...grants(
    ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    "arn:aws:ecr:REGION:ACCOUNT:repository/REPOSITORY",
  ),
  ...grants(["cloudwatch:PutMetricData", "ecr:GetAuthorizationToken"], "*"),
];

/** What options add. */
export const ROLE_OPTIONS: readonly RoleOption[] = [
  {
    id: "inputs",
    title: "Inputs, or code, in a bucket of your own",
    grants: [...grants(["s3:ListBucket"], OWN), ...grants(["s3:GetObject"], `${OWN}/PREFIX/*`)],
  },
  {
    id: "outputs",
    title: "`outputPath`, `checkpointS3Uri` and the debugger's paths in a bucket of your own",
    grants: [
      ...grants(["s3:ListBucket"], OWN),
      ...grants(["s3:GetObject", "s3:PutObject"], `${OWN}/PREFIX/*`),
    ],
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
  },
  {
    id: "input-key",
    title: "Inputs that are encrypted with a key of your own",
    grants: grants(["kms:Decrypt"], KEY),
  },
  {
    id: "output-key",
    title: "`outputKmsKey`",
    grants: grants(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], KEY),
  },
  {
    id: "volume-key",
    title: "`volumeKmsKey`",
    grants: grants(["kms:CreateGrant"], KEY),
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
  },
];
