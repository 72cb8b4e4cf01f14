/** What a role's trust policy says of SageMaker. Pure. */

/** Whether SageMaker may assume the role: `conditional` where a condition decides, `unclear` where this reading cannot tell. */
export type Trust = "trusted" | "conditional" | "untrusted" | "unclear";

/** SageMaker as a principal; some partitions have a form of their own beside it. */
const SAGEMAKER = /^sagemaker\.amazonaws\.com(\.cn)?$/;
const ASSUME_ROLE = "sts:assumerole";

interface Statement {
  readonly Effect?: unknown;
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Condition?: unknown;
}

/**
 * Reads a trust policy as IAM answers it.
 *
 * @param document - the policy, percent-encoded or plain JSON
 */
export function trustOf(document: string): Trust {
  const statements = parseStatements(document);
  if (statements === undefined) {
    return "unclear";
  }
  const about = statements.filter((statement) => !isOfOthers(statement));
  const allows = about.filter(({ Effect }) => Effect === "Allow");
  const denies = about.filter(({ Effect }) => Effect === "Deny");
  if (denies.some((statement) => isPlain(statement) && !hasCondition(statement))) {
    return "untrusted";
  }
  if (denies.length > 0) {
    return "unclear";
  }
  if (allows.some((statement) => isPlain(statement) && !hasCondition(statement))) {
    return "trusted";
  }
  if (allows.some(isPlain)) {
    return "conditional";
  }
  return allows.length > 0 ? "unclear" : "untrusted";
}

function parseStatements(document: string): Statement[] | undefined {
  try {
    // A plain policy may hold a lone percent sign, which does not decode.
    const text = document.trimStart().startsWith("{") ? document : decodeURIComponent(document);
    const { Statement: found } = JSON.parse(text) as { Statement?: unknown };
    const list = (Array.isArray(found) ? found : [found]) as unknown[];
    return list.filter((item): item is Statement => typeof item === "object" && item !== null);
  } catch {
    return undefined;
  }
}

/** A statement about other principals, or other actions. Negated ones may be about anybody. */
function isOfOthers({ Principal, NotPrincipal, Action, NotAction }: Statement): boolean {
  return (
    (NotPrincipal === undefined && !namesSageMaker(Principal)) ||
    (NotAction === undefined && !strings(Action).some(isAssumeRole))
  );
}

function isPlain({ NotPrincipal, NotAction }: Statement): boolean {
  return NotPrincipal === undefined && NotAction === undefined;
}

function hasCondition({ Condition }: Statement): boolean {
  return typeof Condition === "object" && Condition !== null && Object.keys(Condition).length > 0;
}

function namesSageMaker(principal: unknown): boolean {
  if (principal === "*") {
    return true;
  }
  const services = (principal as { Service?: unknown } | null | undefined)?.Service;
  return strings(services).some((service) => service === "*" || SAGEMAKER.test(service));
}

/** `sts:AssumeRole`, `sts:*`, `sts:Assume*`, `*`; case does not count. */
function isAssumeRole(action: string): boolean {
  const pattern = action
    .toLowerCase()
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${pattern}$`).test(ASSUME_ROLE);
}

function strings(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === "string");
}
