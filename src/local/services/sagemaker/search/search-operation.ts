/** Search: training jobs, groups and packages by what they have; of anything else there is none here. */

import type { AwsJsonOperations } from "../../../wire/aws-json.ts";
import { checked } from "../../../wire/json-input.ts";
import { ServiceError } from "../../../wire/service-error.ts";
import { type PageQuery, pageOf, type SortKey } from "../page.ts";
import { conditionOf, type SearchExpression, type SearchRecord, valuesAt } from "./expression.ts";
import { SEARCH } from "./search.model.ts";

/** What can be searched: all of a resource, each under a name that no other has. */
export type Searchable = Readonly<
  Record<string, () => Promise<readonly (readonly [id: string, record: SearchRecord])[]>>
>;

interface SearchInput extends PageQuery {
  readonly Resource: string;
  readonly SearchExpression?: SearchExpression;
  readonly SortBy?: string;
  readonly CrossAccountFilterOption?: string;
  readonly VisibilityConditions?: unknown;
}

const INVALID = "ValidationException";

/**
 * The operation.
 *
 * @param resources - by the service's names for them: `TrainingJob`
 */
export function searchOperation(resources: Searchable): AwsJsonOperations {
  return {
    Search: async (input) => {
      const query = checked<SearchInput>(SEARCH, input, INVALID);
      const { Resource: resource, SearchExpression: expression, SortBy: by } = query;
      if (query.VisibilityConditions !== undefined) {
        throw new ServiceError(INVALID, "The local cloud does not do VisibilityConditions.");
      }
      const isWanted = expression === undefined ? () => true : conditionOf(expression);
      const isElsewhere = query.CrossAccountFilterOption === "CrossAccount";
      const all = isElsewhere ? [] : await resources[resource]?.();
      const found = (all ?? []).filter(([, record]) => isWanted(record));
      const { items, next } = pageOf(
        found,
        ([id, record]): SortKey => [keyOf(record, by ?? "LastModifiedTime"), id],
        { SortOrder: "Descending", ...query },
      );
      return {
        Results: items.map(([, record]) => ({ [resource]: record })),
        TotalHits: { Value: found.length, Relation: "EqualTo" },
        ...next,
      };
    },
  };
}

/** Groups tell no time of a change. */
function keyOf(record: SearchRecord, property: string): number | string {
  const [value = record["CreationTime"]] = valuesAt(record, property);
  return typeof value === "number" ? value : String(value);
}
