/** The operations of model package groups. */

import type { AwsJsonOperations } from "../../../wire/aws-json.ts";
import { checked, known } from "../../../wire/json-input.ts";
import { ServiceError } from "../../../wire/service-error.ts";
import type { SageMakerContext } from "../context.ts";
import { checkTags } from "../tags.ts";
import type { Tag } from "../training-request.ts";
import { describeGroup, groupSummary } from "./describe-registry.ts";
import { type ListRegistryInput, listed } from "./list-registry.ts";
import type { Members } from "./package-entries.ts";
import { groupArn } from "./package-names.ts";
import {
  CREATE_MODEL_PACKAGE_GROUP,
  LIST_MODEL_PACKAGE_GROUPS,
  MODEL_PACKAGE_GROUP_NAME,
} from "./packages.model.ts";
import { allGroups, claim, findGroup, invalid, noGroup, requireGroup } from "./registry.ts";

const INVALID = "ValidationException";

/** The operations. */
export function groupOperations(context: SageMakerContext): AwsJsonOperations {
  const named = (input: Members): string =>
    checked<{ ModelPackageGroupName: string }>(MODEL_PACKAGE_GROUP_NAME, input, INVALID)
      .ModelPackageGroupName;
  return {
    CreateModelPackageGroup: async (input) => {
      checked(CREATE_MODEL_PACKAGE_GROUP, input, INVALID);
      const request = known(CREATE_MODEL_PACKAGE_GROUP, input) as {
        readonly ModelPackageGroupName: string;
        readonly Tags?: readonly Tag[];
      };
      checkTags({}, request.Tags ?? [], "A model package group");
      const name = request.ModelPackageGroupName;
      const arn = groupArn(context, name);
      const outcome =
        (await findGroup(context, name)) === undefined
          ? await claim(context, "group", name, (id, at) => ({
              ...{ type: "group", id, at },
              request: { ...request },
            }))
          : undefined;
      if (outcome === undefined) throw invalid(`Model Package Group already exists: ${arn}`);
      return { ModelPackageGroupArn: arn };
    },

    DescribeModelPackageGroup: async (input) => {
      return describeGroup(context, await requireGroup(context, named(input)));
    },

    ListModelPackageGroups: async (input) => {
      const query = checked<ListRegistryInput & { CrossAccountFilterOption?: string }>(
        LIST_MODEL_PACKAGE_GROUPS,
        input,
        INVALID,
      );
      const isElsewhere = query.CrossAccountFilterOption === "CrossAccount";
      const groups = isElsewhere ? [] : await allGroups(context);
      const { items, next } = listed(
        groups,
        ({ name, state }) => ({ name, at: state.group.createdAt, id: name }),
        query,
      );
      return {
        ModelPackageGroupSummaryList: items.map((one) => groupSummary(context, one)),
        ...next,
      };
    },

    DeleteModelPackageGroup: async (input) => {
      const given = named(input);
      const { name, state } = await requireGroup(context, given);
      const outcome =
        state.packages.size === 0
          ? await claim(context, "group", name, (id, at) => ({ type: "delete-group", id, at }))
          : undefined;
      if (outcome !== undefined) return undefined;
      // Who deleted it meanwhile has left none.
      if ((await findGroup(context, name)) === undefined) throw noGroup(context, given);
      throw new ServiceError(
        "ConflictException",
        `Model Package Group cannot be deleted because it contains Model Packages: ${groupArn(context, name)}`,
      );
    },
  };
}
