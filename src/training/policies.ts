/** Policies to copy, for whoever lacks one. Pure. */

/** Lets SageMaker assume a role. */
export const TRUST_POLICY = JSON.stringify({
  Effect: "Allow",
  Principal: { Service: "sagemaker.amazonaws.com" },
  Action: "sts:AssumeRole",
});

/** Lets its bearer start training jobs and follow them. */
export function startJobPolicy(): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: [
          "sagemaker:CreateTrainingJob",
          "sagemaker:DescribeTrainingJob",
          "sagemaker:StopTrainingJob",
          "sagemaker:AddTags",
          "sagemaker:ListTags",
        ],
        Resource: "*",
      },
    ],
  });
}

/**
 * Lets its bearer hand a role to SageMaker, and to nothing else.
 *
 * @param roleArn - the role
 */
export function passRolePolicy(roleArn: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "iam:PassRole",
        Resource: roleArn,
        Condition: { StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" } },
      },
    ],
  });
}
