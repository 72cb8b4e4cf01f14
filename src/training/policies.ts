/** Policies to copy, for whoever lacks one: what the guide to permissions is made from too. Pure. */

/** Lets SageMaker assume a role. */
export const TRUST_STATEMENT = {
  Effect: "Allow",
  Principal: { Service: "sagemaker.amazonaws.com" },
  Action: "sts:AssumeRole",
} as const;

/** The calls that start a job and follow it. */
export const START_OPERATIONS = [
  "sagemaker:CreateTrainingJob",
  "sagemaker:DescribeTrainingJob",
] as const;

/** What the service looks for besides when a job that is created has tags. */
export const TAG_ACTION = "sagemaker:AddTags";

/** Keeps a role from being handed to anything but SageMaker. */
export const TO_SAGEMAKER = {
  StringEquals: { "iam:PassedToService": "sagemaker.amazonaws.com" },
} as const;

/** The statement of {@link TRUST_STATEMENT} as text. */
export const TRUST_POLICY: string = JSON.stringify(TRUST_STATEMENT);

/**
 * Lets its bearer start training jobs and follow their statuses.
 *
 * @param jobArn - a job's ARN: the policy is for all jobs of its account and region; everywhere, if it is not known
 * @param hasTags - whether jobs have tags
 */
export function startJobPolicy(jobArn: string | undefined, hasTags: boolean): string {
  const Action = hasTags ? [TAG_ACTION, ...START_OPERATIONS] : START_OPERATIONS;
  const Resource = jobArn?.replace(/[^/]*$/, "*") ?? "arn:aws:sagemaker:*:*:training-job/*";
  return policy({ Effect: "Allow", Action, Resource });
}

/**
 * Lets its bearer hand a role to SageMaker, and to nothing else.
 *
 * @param roleArn - the role
 */
export function passRolePolicy(roleArn: string): string {
  return policy({
    Effect: "Allow",
    Action: "iam:PassRole",
    Resource: roleArn,
    Condition: TO_SAGEMAKER,
  });
}

function policy(statement: object): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
}
