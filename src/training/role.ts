/** The role that a job runs as: an ARN as it is, a name as IAM knows it. */

import { MissingClientError } from "../aws/optional.ts";
import { isAbort } from "../aws/translate.ts";
import { type Finding, SageMakerError } from "../errors.ts";
import type { Session } from "../session.ts";

/** The role as the request has it, and what is wrong with it. */
export interface ResolvedRole {
  readonly roleArn: string;
  readonly findings: readonly Finding[];
}

/** How the role is looked up. */
export interface RoleContext {
  readonly session: Session;
  /** AWS may be asked. */
  readonly ask: boolean;
  readonly signal: AbortSignal | undefined;
}

/** What a local job without a role bears: each request has one. */
const LOCAL_ROLE = "SageMakerRole";
const GIVE_ARN = 'Give its ARN, e.g. "arn:aws:iam::123456789012:role/SageMakerRole".';

/**
 * Finds the role's ARN. What cannot be found is told, and the request bears the role as it was given.
 *
 * @param role - an ARN, a name, or nothing
 * @param context - how it is looked up
 */
export async function resolveRole(
  role: string | undefined,
  { session, ask, signal }: RoleContext,
): Promise<ResolvedRole> {
  const { local } = session;
  if (role === undefined) {
    return { roleArn: local ? localArn(local.account, LOCAL_ROLE) : "", findings: [] };
  }
  if (role === "" || role.startsWith("arn:")) {
    return { roleArn: role, findings: [] };
  }
  if (local === undefined && !ask) {
    return refused(
      role,
      `'${shorten(role)}' is a role's name, and offline IAM is not asked for its ARN.`,
    );
  }
  try {
    const roleArn = await session.expandRole(role, { ...(signal && { signal }) });
    return { roleArn, findings: local === undefined ? pathFindings(role, roleArn) : [] };
  } catch (error) {
    signal?.throwIfAborted();
    if (isAbort(error) || !SageMakerError.isInstance(error)) {
      throw error;
    }
    if (!MissingClientError.isInstance(error)) {
      return refused(role, error.message);
    }
    const { packageName } = error;
    // Any role exists in a local cloud, under no path.
    return local === undefined
      ? refused(
          role,
          `'${shorten(role)}' is a role's name, and ${packageName}, which asks IAM for its ARN, is not installed.`,
          `${GIVE_ARN.replace(/\.$/, "")}, or install it: npm install ${packageName}.`,
        )
      : { roleArn: localArn(local.account, role.slice(role.lastIndexOf("/") + 1)), findings: [] };
  }
}

/** A name is unique in its account whatever its path: another path than the one given is no other role, but worth a word. */
function pathFindings(role: string, roleArn: string): Finding[] {
  const given = role.replace(/^\//, "");
  return !given.includes("/") || `/${roleArn.split(":").at(-1)}`.endsWith(`/${given}`)
    ? []
    : [
        {
          severity: "warning",
          path: "role",
          message: `There is no role at '${shorten(role)}'; the one of that name is ${roleArn}, and it is taken.`,
          hint: "Give the ARN that is meant.",
        },
      ];
}

function refused(role: string, message: string, hint = GIVE_ARN): ResolvedRole {
  return { roleArn: role, findings: [{ severity: "error", path: "role", message, hint }] };
}

function localArn(account: string, name: string): string {
  return `arn:aws:iam::${account}:role/${name}`;
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
