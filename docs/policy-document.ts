/** Policy documents as IAM takes them, made from grants. Pure. */

/** What a grant depends on: an operator, a key of the request, and what it may be. */
export type Condition = Readonly<
  Record<string, Readonly<Record<string, string | readonly string[]>>>
>;

/** Something that actions are about. */
export interface Place {
  /** ARNs, with `*` where anything may stand. */
  readonly arns: readonly string[];
  /** Only where this is so. */
  readonly condition?: Condition;
}

/** One action on one place. */
export interface Grant {
  /** `s3:GetObject`. */
  readonly action: string;
  readonly place: Place;
}

/** One statement. */
export interface Statement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Condition;
}

/** A policy. */
export interface Policy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/**
 * The policy that allows what is granted, and nothing else: the actions of one set of resources in one statement.
 *
 * @param grants - in any order, the same ones more than once
 */
export function policyOf(grants: readonly Grant[]): Policy {
  const resources = new Map<string, { grant: Grant; arns: Set<string> }>();
  for (const grant of grants.filter((one) => !isIdle(one, grants))) {
    const key = JSON.stringify([grant.action, grant.place.condition]);
    const known = resources.get(key) ?? { grant, arns: new Set<string>() };
    for (const arn of grant.place.arns) known.arns.add(arn);
    resources.set(key, known);
  }
  const statements = new Map<string, Statement>();
  for (const { grant, arns } of resources.values()) {
    const { condition } = grant.place;
    const Resource = withoutCovered([...arns]).sort(byText);
    const key = JSON.stringify([Resource, condition]);
    const actions = statements.get(key)?.Action ?? [];
    statements.set(key, {
      Effect: "Allow",
      Action: [...actions, grant.action].sort(byText),
      Resource,
      ...(condition !== undefined && { Condition: condition }),
    });
  }
  return { Version: "2012-10-17", Statement: [...statements.values()] };
}

/** Whether another grant allows the same whatever the condition says. */
function isIdle({ action, place }: Grant, grants: readonly Grant[]): boolean {
  if (place.condition === undefined) return false;
  const free = grants
    .filter((other) => other.action === action && other.place.condition === undefined)
    .flatMap((other) => other.place.arns);
  return place.arns.every((arn) => free.some((pattern) => matchesPattern(pattern, arn)));
}

function byText(left: string, right: string): number {
  return left < right ? -1 : 1;
}

/** Without those that another one takes in. */
function withoutCovered(arns: readonly string[]): string[] {
  return arns.filter((arn) => !arns.some((other) => other !== arn && matchesPattern(other, arn)));
}

/**
 * Whether a text is one of those that a pattern of IAM stands for.
 *
 * @param pattern - `*` stands for any characters, slashes among them
 * @param text - an ARN, or a prefix
 */
export function matchesPattern(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}
