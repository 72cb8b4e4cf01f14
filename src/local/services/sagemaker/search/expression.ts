/** Search's expressions: which records one finds (pure). */

import { ServiceError } from "../../../wire/service-error.ts";

/** What is found: in the service's words, times in seconds since 1970. */
export type SearchRecord = Readonly<Record<string, unknown>>;

/** One condition. */
interface Filter {
  readonly Name: string;
  readonly Operator?: string;
  readonly Value?: string;
}

/** Conditions, of which all must hold, or one. */
export interface SearchExpression {
  readonly Filters?: readonly Filter[];
  readonly NestedFilters?: readonly {
    readonly NestedPropertyName: string;
    readonly Filters: readonly Filter[];
  }[];
  readonly SubExpressions?: readonly SearchExpression[];
  readonly Operator?: "And" | "Or";
}

type Condition = (record: SearchRecord) => boolean;

const MOST_CONDITIONS = 50;

/**
 * What an expression asks of a record.
 *
 * @param expression - of the service's form
 * @throws {@link ServiceError} `ValidationException` for one that the service does not take
 */
export function conditionOf(expression: SearchExpression): Condition {
  const filters = filtersOf(expression);
  if (filters.length > MOST_CONDITIONS) {
    throw invalid(`A SearchExpression can have ${MOST_CONDITIONS} conditions.`);
  }
  if (filters.filter(({ Operator }) => Operator === "Contains").length > 1) {
    throw invalid("'CONTAINS' operator usage limit of 1 exceeded.");
  }
  const valueless = filters.find(
    ({ Operator = "Equals", Value }) =>
      Value === undefined && Operator !== "Exists" && Operator !== "NotExists",
  );
  if (valueless !== undefined) throw invalid(`The filter of ${valueless.Name} needs a Value.`);
  return joined(expression);
}

/** Each filter, however deep. */
function filtersOf(expression: SearchExpression): Filter[] {
  return [
    ...(expression.Filters ?? []),
    ...(expression.NestedFilters ?? []).flatMap((nested) => nested.Filters),
    ...(expression.SubExpressions ?? []).flatMap(filtersOf),
  ];
}

function joined(expression: SearchExpression): Condition {
  const conditions: Condition[] = [
    ...(expression.Filters ?? []).map(
      (filter): Condition =>
        (record) =>
          holds(filter, valuesAt(record, filter.Name)),
    ),
    ...(expression.NestedFilters ?? []).map(
      ({ NestedPropertyName: name, Filters: filters }): Condition =>
        (record) =>
          valuesAt(record, name).some((item) =>
            filters.every((filter) => {
              const { Name: path } = filter;
              const inner = path.startsWith(`${name}.`) ? path.slice(name.length + 1) : path;
              return holds(filter, valuesAt(item, inner));
            }),
          ),
    ),
    ...(expression.SubExpressions ?? []).map(joined),
  ];
  if (conditions.length === 0) {
    throw invalid(
      "A SearchExpression needs at least one of Filters, NestedFilters and SubExpressions.",
    );
  }
  return expression.Operator === "Or"
    ? (record) => conditions.some((condition) => condition(record))
    : (record) => conditions.every((condition) => condition(record));
}

/**
 * What stands under a property's name: `ModelArtifacts.S3ModelArtifacts`, `Tags.team`, `Metrics.rmse`, `HyperParameters.lr`,
 * `InputDataConfig.ChannelName`. A list is looked through.
 *
 * @param value - a record, or a part of one
 * @param path - the name
 */
export function valuesAt(value: unknown, path: string): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path));
  if (typeof value !== "object" || value === null) return [];
  if (Object.hasOwn(value, path)) return [Reflect.get(value, path)].flat();
  const dot = path.indexOf(".");
  if (dot === -1) return [];
  const [head, rest] = [path.slice(0, dot), path.slice(dot + 1)];
  if (head === "Metrics" && Object.hasOwn(value, "FinalMetricDataList")) {
    return pairsAt(value, "FinalMetricDataList", "MetricName", rest);
  }
  if (head === "Tags") return pairsAt(value, "Tags", "Key", rest);
  return Object.hasOwn(value, head) ? valuesAt(Reflect.get(value, head), rest) : [];
}

/** Of a list of names and values the value under a name. */
function pairsAt(record: object, member: string, name: string, wanted: string): unknown[] {
  const pairs = (Reflect.get(record, member) ?? []) as readonly Readonly<Record<string, unknown>>[];
  return pairs.filter((pair) => pair[name] === wanted).map((pair) => pair["Value"]);
}

function holds({ Name, Operator, Value = "" }: Filter, found: unknown[]): boolean {
  const operator: string = Operator ?? "Equals";
  const isSame = (one: unknown): boolean => compared(one, Value) === 0;
  switch (operator) {
    case "Exists":
      return found.length > 0;
    case "NotExists":
      return found.length === 0;
    case "Equals":
      return found.some(isSame);
    case "NotEquals":
      return !found.some(isSame);
    case "Contains":
      return found.some((one) => String(one).includes(Value));
    case "In":
      return found.some((one) => Value.split(",").includes(String(one)));
    default:
      return found.some((one) => {
        const order = compared(one, Value);
        if (Number.isNaN(order)) {
          throw invalid(`The operator ${operator} is not supported for text: ${Name}.`);
        }
        const isEqual = operator.endsWith("OrEqualTo") && order === 0;
        return isEqual || (operator.startsWith("Greater") ? order > 0 : order < 0);
      });
  }
}

/** Less than 0, 0, or more; of texts 0 when they are the same, else no number. Hyperparameters are texts of numbers. */
function compared(found: unknown, value: string): number {
  if (typeof found === "number") {
    const wanted = Number(value);
    return found - (Number.isNaN(wanted) ? Date.parse(zoned(value)) / 1000 : wanted);
  }
  const text = String(found);
  if (text === value) return 0;
  return text.trim() === "" || value.trim() === "" ? Number.NaN : Number(text) - Number(value);
}

/** Times without a zone are UTC's. */
function zoned(time: string): string {
  return /(?:Z|[+-]\d\d:?\d\d)$/u.test(time) ? time : `${time}Z`;
}

function invalid(message: string): ServiceError {
  return new ServiceError("ValidationException", message);
}
