/** Whether the job's role exists, trusts SageMaker, and may be handed to it by the caller. */

import type { IamClient } from "../../aws/optional.ts";
import { awsErrorCode } from "../../aws/translate.ts";
import type { Finding } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { passRolePolicy, TRUST_POLICY } from "../policies.ts";
import type { Check } from "./check.ts";
import { trustOf } from "./trust-policy.ts";

const ROLE_ARN = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/(?:[\w+=,.@/-]*\/)?([\w+=,.@-]+)$/;
const ASSUMED_ROLE_ARN = /^arn:aws[a-z-]*:sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\/.+$/;

/**
 * The account of a role.
 *
 * @param arn - the role's ARN
 * @returns `undefined` for what is no role's ARN
 */
export function roleAccount(arn: string | undefined): string | undefined {
  return ROLE_ARN.exec(arn ?? "")?.[2];
}

/**
 * The checks of a job's role.
 *
 * @param roleArn - as the request has it
 * @param session - whose caller would start the job
 */
export function roleChecks(roleArn: string | undefined, session: Session): Check[] {
  const [, , account, name] = ROLE_ARN.exec(roleArn ?? "") ?? [];
  if (roleArn === undefined || account === undefined || name === undefined) {
    return [];
  }
  let asked: Promise<string> | undefined;
  const caller = (signal: AbortSignal): Promise<string> => {
    asked ??= callerArn(session, signal);
    return asked;
  };
  return [
    {
      path: "role",
      what: "whether the role exists and trusts SageMaker",
      async run(signal) {
        const iam = await session.clients.optional("iam");
        return await lookAtRole(iam, { roleArn, account, name }, signal, caller);
      },
    },
    {
      path: "role",
      what: "whether the caller may pass the role to SageMaker (iam:PassRole)",
      async run(signal) {
        const iam = await session.clients.optional("iam");
        return await simulatePassing(iam, roleArn, await caller(signal), signal);
      },
    },
  ];
}

async function callerArn(session: Session, signal: AbortSignal): Promise<string> {
  const sts = await session.clients.sts();
  const { Arn = "" } = await sts.getCallerIdentity({}, { abortSignal: signal });
  return Arn;
}

interface NamedRole {
  readonly roleArn: string;
  readonly account: string;
  readonly name: string;
}

async function lookAtRole(
  iam: IamClient,
  { roleArn, account, name }: NamedRole,
  signal: AbortSignal,
  caller: (signal: AbortSignal) => Promise<string>,
): Promise<Finding[]> {
  // IAM looks in the caller's account only.
  const callersAccount = (await caller(signal)).split(":")[4];
  if (callersAccount && callersAccount !== account) {
    return [
      {
        severity: "note",
        path: "role",
        message: `The role is in account ${account} and the caller in ${callersAccount}: IAM does not show it, and a role is passed within its account only.`,
        hint: "Use a role of the caller's account, or a session with roleArn into the other one.",
      },
    ];
  }
  const answer = await iam
    .getRole({ RoleName: name }, { abortSignal: signal })
    .catch((error: unknown) => {
      if (/NoSuchEntity/.test(awsErrorCode(error))) return "missing" as const;
      throw error;
    });
  if (answer === "missing") {
    return [
      {
        severity: "error",
        path: "role",
        message: `There is no role ${name} in account ${account}.`,
        hint: "Create it with a trust policy for sagemaker.amazonaws.com, or name another.",
      },
    ];
  }
  const { Role } = answer;
  if (Role === undefined) {
    throw new Error("IAM answered without a role");
  }
  if (Role.Arn !== undefined && Role.Arn !== roleArn) {
    return [
      {
        severity: "error",
        path: "role",
        message: `There is no role ${roleArn}: the role called ${name} is ${Role.Arn}.`,
        hint: "Give that ARN: its path belongs to it.",
      },
    ];
  }
  return trustFindings(Role.AssumeRolePolicyDocument ?? "", roleArn);
}

function trustFindings(document: string, roleArn: string): Finding[] {
  switch (trustOf(document)) {
    case "trusted":
      return [];
    case "untrusted":
      return [
        {
          severity: "error",
          path: "role",
          message: `The trust policy of ${roleArn} does not let SageMaker assume it.`,
          hint: `Add this statement to it: ${TRUST_POLICY}`,
        },
      ];
    case "conditional":
      return [
        {
          severity: "note",
          path: "role",
          message: `The trust policy of ${roleArn} lets SageMaker assume it under conditions, which were not evaluated.`,
        },
      ];
    case "unclear":
      return [
        {
          severity: "note",
          path: "role",
          message: `Whether the trust policy of ${roleArn} lets SageMaker assume it could not be told from its text.`,
        },
      ];
  }
}

/** Asks IAM's simulator, which knows policies of users, groups and roles, but not of sessions. */
async function simulatePassing(
  iam: IamClient,
  roleArn: string,
  caller: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  const source = await policySource(iam, caller, signal);
  if (source === undefined) {
    return [];
  }
  const { EvaluationResults = [] } = await iam.simulatePrincipalPolicy(
    {
      PolicySourceArn: source,
      ActionNames: ["iam:PassRole"],
      ResourceArns: [roleArn],
      ContextEntries: [
        {
          ContextKeyName: "iam:PassedToService",
          ContextKeyValues: ["sagemaker.amazonaws.com"],
          ContextKeyType: "string",
        },
      ],
    },
    { abortSignal: signal },
  );
  const [result] = EvaluationResults;
  if (result?.EvalDecision === undefined || result.EvalDecision === "allowed") {
    return [];
  }
  const missing = result.MissingContextValues ?? [];
  // What depends on something that the simulator was not told may be allowed in earnest.
  const isCertain = missing.length === 0;
  const doubt = isCertain ? "" : `, unless ${missing.join(", ")} makes a difference`;
  return [
    {
      severity: isCertain ? "error" : "warning",
      path: "role",
      message: `${source} may not pass the role ${roleArn} to SageMaker (iam:PassRole, ${result.EvalDecision}${doubt}).`,
      hint: `Ask for this policy: ${passRolePolicy(roleArn)}`,
    },
  ];
}

/** Whose policies count: a session of a role has the role's. The account itself may do everything. */
async function policySource(
  iam: IamClient,
  caller: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [, , name] = ASSUMED_ROLE_ARN.exec(caller) ?? [];
  if (name !== undefined) {
    // The session's ARN leaves out the role's path: the role must be asked for.
    const { Role } = await iam.getRole({ RoleName: name }, { abortSignal: signal });
    return Role?.Arn;
  }
  return /:(user|role)\//.test(caller) ? caller : undefined;
}
