/** What Search finds of each resource: what Describe tells, and the tags. */

import type { SageMakerContext } from "../context.ts";
import { describeTrainingJob } from "../describe-training-job.ts";
import type { FoldedJob } from "../list-training-jobs.ts";
import { describeGroup, describePackage } from "../packages/describe-registry.ts";
import { allGroups, allPackages } from "../packages/registry.ts";
import type { SearchRecord } from "./expression.ts";
import type { Searchable } from "./search-operation.ts";

/** What Describe tells and Search does not. */
const NOT_FOUND = [
  "ProfilerRuleConfigurations",
  "ProfilerRuleEvaluationStatuses",
  "ProfilingStatus",
  "InfraCheckConfig",
  "RemoteDebugConfig",
  "MlflowConfig",
  "ManagedStorageType",
  "ManagedConfiguration",
];

/**
 * What can be searched here.
 *
 * @param jobs - all training jobs
 */
export function searchable(
  context: SageMakerContext,
  jobs: () => Promise<readonly FoldedJob[]>,
): Searchable {
  return {
    TrainingJob: async () =>
      (await jobs()).map(({ record, state }) => [
        record.name,
        found(describeTrainingJob(record, state), state.tags),
      ]),
    ModelPackageGroup: async () =>
      (await allGroups(context)).map((group) => [
        group.name,
        found(describeGroup(context, group), group.state.tags),
      ]),
    ModelPackage: async () =>
      (await allPackages(context)).map((one) => {
        const record = describePackage(context, one);
        return [String(record["ModelPackageArn"]), found(record, one.tags)];
      }),
  };
}

function found(described: SearchRecord, tags: Readonly<Record<string, string>>): SearchRecord {
  const told = Object.entries(described).filter(([member]) => !NOT_FOUND.includes(member));
  const list = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  return { ...Object.fromEntries(told), ...(list.length > 0 && { Tags: list }) };
}
