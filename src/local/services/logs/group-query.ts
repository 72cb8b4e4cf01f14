/** Which log groups a request is about. */

import { ServiceError } from "../../wire/service-error.ts";

/** The class of each log group here. */
export const STANDARD = "STANDARD";

/** How a request names one group. */
export interface GroupInput {
  readonly logGroupName?: string;
  readonly logGroupIdentifier?: string;
}

/** What a DescribeLogGroups asks for. */
export interface GroupQuery {
  readonly logGroupNamePrefix?: string;
  readonly logGroupNamePattern?: string;
  readonly logGroupClass?: string;
  readonly logGroupIdentifiers?: readonly string[];
  readonly includeLinkedAccounts?: boolean;
  readonly accountIdentifiers?: readonly string[];
}

const INVALID = "InvalidParameterException";

/**
 * The group's name. Newer requests name the group by its name or ARN in `logGroupIdentifier`.
 *
 * @throws {@link ServiceError} `InvalidParameterException` unless it is named in one way
 */
export function groupOf({ logGroupName, logGroupIdentifier }: GroupInput): string {
  if ((logGroupName === undefined) === (logGroupIdentifier === undefined)) {
    throw new ServiceError(
      INVALID,
      "Exactly one of logGroupName and logGroupIdentifier must be given.",
    );
  }
  return logGroupName ?? identified(logGroupIdentifier ?? "");
}

/** The group that a name or an ARN is of. */
function identified(identifier: string): string {
  return /^arn:[^:]*:logs:[^:]*:\d*:log-group:([^:]+)$/.exec(identifier)?.[1] ?? identifier;
}

/**
 * Which groups are asked for, by their names.
 *
 * @param account - whose they are
 * @throws {@link ServiceError} `InvalidParameterException` for filters that do not go together
 */
export function groupFilter(account: string, query: GroupQuery): (name: string) => boolean {
  const { logGroupNamePrefix: prefix, logGroupNamePattern: part, logGroupClass } = query;
  const { logGroupIdentifiers, includeLinkedAccounts = false, accountIdentifiers = [] } = query;
  if (prefix !== undefined && part !== undefined) {
    throw new ServiceError(
      INVALID,
      "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
    );
  }
  if (logGroupIdentifiers !== undefined && (prefix ?? part ?? logGroupClass) !== undefined) {
    throw new ServiceError(
      INVALID,
      "logGroupIdentifiers goes with includeLinkedAccounts alone, and with no other filter.",
    );
  }
  const isElsewhere =
    includeLinkedAccounts && accountIdentifiers.length > 0 && !accountIdentifiers.includes(account);
  if (isElsewhere || (logGroupClass ?? STANDARD) !== STANDARD) return () => false;
  const identifiers = logGroupIdentifiers && new Set(logGroupIdentifiers.map(identified));
  return (name) =>
    (identifiers?.has(name) ?? true) &&
    name.startsWith(prefix ?? "") &&
    name.toLowerCase().includes((part ?? "").toLowerCase());
}
