/** A role's ARN from its name: IAM is asked, since the ARN holds the role's path, which its name does not tell. */

import { SageMakerError } from "../errors.ts";
import type { Clients } from "./clients.ts";
import { awsErrorCode, translate } from "./translate.ts";

/** What IAM calls a role by; a path is no part of it. */
const ROLE_NAME = /^[\w+=,.@-]{1,64}$/;

/**
 * Asks IAM GetRole.
 *
 * @param clients - the session's
 * @param role - a name, or a path and a name: a name is unique in its account, and IAM takes no path
 * @param signal - ends the asking
 * @throws {@link SageMakerError} when there is no such role, or the caller may not ask
 * @throws MissingClientError when the client is not installed
 */
export async function roleArn(
  clients: Clients,
  role: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const name = role.slice(role.lastIndexOf("/") + 1);
  if (!ROLE_NAME.test(name)) {
    throw new SageMakerError(
      `'${role.slice(0, 100)}' is neither a role's ARN nor its name, which has at most 64 letters, digits and _+=,.@-. ` +
        'An ARN reads "arn:aws:iam::123456789012:role/SageMakerRole".',
    );
  }
  const iam = await clients.optional("iam");
  let arn: string | undefined;
  try {
    const { Role } = await iam.getRole({ RoleName: name }, signal && { abortSignal: signal });
    arn = Role?.Arn;
  } catch (error) {
    throw inWords(error, name);
  }
  if (arn === undefined) {
    throw new SageMakerError(`IAM answered without an ARN for the role ${name}. Give its ARN.`);
  }
  return arn;
}

function inWords(error: unknown, name: string): unknown {
  switch (awsErrorCode(error)) {
    case "NoSuchEntity":
    case "NoSuchEntityException":
      return new SageMakerError(
        `There is no role called ${name} in the caller's account. Check the name; a role of another account is given by its ARN.`,
        { cause: error },
      );
    case "AccessDenied":
    case "AccessDeniedException":
      return new SageMakerError(
        `The caller may not ask IAM for the role ${name} (iam:GetRole is denied). Give the role's ARN in place of its name.`,
        { cause: error },
      );
    default:
      return translate(error, `look up the role ${name}`);
  }
}
