/** The tags of tracking servers and apps. */

import { MANAGED, type ManagedKind, managedArn } from "../../../../mlflow/core/managed.ts";
import type { SageMakerContext } from "../context.ts";
import type { TagFinder } from "../tag-operations.ts";
import { AN } from "./managed.ts";

/** Finds what of managed MLflow has tags. */
export function managedTags(context: SageMakerContext): TagFinder {
  return async (arn) => {
    const id = arn.slice(arn.lastIndexOf("/") + 1);
    const kinds = Object.keys(MANAGED) as ManagedKind[];
    const kind = kinds.find((each) => arn === managedArn(each, context, id));
    const server = kind && (await context.managed.find(kind, id));
    if (kind === undefined || server === undefined) return undefined;
    return {
      what: AN[kind],
      tags: server.tags,
      add: async (tags) => await context.managed.change(kind, id, { tags }),
      remove: async (untag) => await context.managed.change(kind, id, { untag }),
    };
  };
}
