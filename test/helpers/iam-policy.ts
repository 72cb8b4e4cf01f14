/** IAM's decision over the policies that the permissions guide has: allows, wildcards, and the one condition of listings. Pure. */

import { ACTIONS } from "../../docs/permission-actions.ts";
import { matchesPattern, type Place, type Policy } from "../../docs/policy-document.ts";

/** One call as IAM sees it. */
export interface IamCall {
  /** The service by the name it is signed for, and the operation: `s3:HeadBucket`. */
  readonly operation: string;
  /** What it is about; `*` where IAM knows of nothing smaller. */
  readonly resource: string;
  /** What it reads besides: the source of a copy. */
  readonly source?: string;
  /** The prefix of a listing. */
  readonly prefix?: string;
}

/**
 * Whether a policy allows a call. An operation that the table lacks is an action of its own, which nothing allows.
 *
 * @param policy - the policy
 * @param call - the call
 */
export function allowsCall(policy: Policy, call: IamCall): boolean {
  return (ACTIONS[call.operation] ?? [call.operation]).every((action) => {
    const isSource = call.source !== undefined && action === "s3:GetObject";
    return allows(policy, action, isSource ? (call.source ?? "") : call.resource, call.prefix);
  });
}

/**
 * Whether a policy allows an action.
 *
 * @param policy - the policy
 * @param action - `s3:GetObject`
 * @param resource - its ARN, or `*`
 * @param prefix - the prefix of a listing
 */
export function allows(policy: Policy, action: string, resource: string, prefix?: string): boolean {
  return policy.Statement.some(
    ({ Action, Resource, Condition }) =>
      Action.includes(action) &&
      covers({ arns: Resource, ...(Condition && { condition: Condition }) }, resource, prefix),
  );
}

/**
 * Whether a place takes in a resource.
 *
 * @param place - the place
 * @param resource - an ARN, or `*`
 * @param prefix - the prefix of a listing
 */
export function covers({ arns, condition }: Place, resource: string, prefix?: string): boolean {
  const prefixes = condition?.["StringLike"]?.["s3:prefix"];
  return (
    isLike(arns, resource) &&
    (prefixes === undefined || (prefix !== undefined && isLike([prefixes].flat(), prefix)))
  );
}

function isLike(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matchesPattern(pattern, text));
}
