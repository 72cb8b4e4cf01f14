/** The operations of model packages: versions of groups, and packages without one. */

import { CREATE_MODEL_PACKAGE } from "../../../../training/model-package.model.ts";
import type { AwsJsonOperations } from "../../../wire/aws-json.ts";
import { checked, known } from "../../../wire/json-input.ts";
import type { SageMakerContext } from "../context.ts";
import { checkTags } from "../tags.ts";
import { describePackage, packageSummary } from "./describe-registry.ts";
import { type ListRegistryInput, listed } from "./list-registry.ts";
import { groupOf, packageArn } from "./package-names.ts";
import {
  type CreatePackageInput,
  creationProblem,
  type UpdatePackageInput,
  updateProblem,
} from "./package-rules.ts";
import {
  DELETE_MODEL_PACKAGE,
  DESCRIBE_MODEL_PACKAGE,
  LIST_MODEL_PACKAGES,
  UPDATE_MODEL_PACKAGE,
} from "./packages.model.ts";
import {
  allPackages,
  claim,
  findGroup,
  findPackage,
  invalid,
  noGroup,
  type Package,
  requireGroup,
  requirePackage,
  versionsOf,
} from "./registry.ts";
import { requireModelData } from "./require-model-data.ts";

const INVALID = "ValidationException";
/** What a version is until somebody decides. */
const UNDECIDED = "PendingManualApproval";

interface ListPackagesInput extends ListRegistryInput {
  readonly ModelApprovalStatus?: string;
  readonly ModelPackageGroupName?: string;
  readonly ModelPackageType?: "Versioned" | "Unversioned" | "Both";
}

/** The operations. */
export function packageOperations(context: SageMakerContext): AwsJsonOperations {
  const { packages } = context;
  return {
    CreateModelPackage: async (input, { signal }) => {
      checked(CREATE_MODEL_PACKAGE, input, INVALID);
      const request = known(CREATE_MODEL_PACKAGE, input) as CreatePackageInput;
      const problem = creationProblem(request);
      if (problem !== undefined) throw invalid(problem);
      checkTags({}, request.Tags ?? [], "A model package");
      const { ModelPackageGroupName: group } = request;
      if (group === undefined) return await createAlone(context, request, signal);
      const { name } = await requireGroup(context, group);
      await requireModelData(context, request, signal);
      const version = await claim(context, "group", name, (id, at) => ({
        ...{ type: "package", id, at },
        request: { ModelApprovalStatus: UNDECIDED, ...request },
      }));
      // The group was deleted meanwhile.
      if (typeof version !== "number") throw noGroup(context, group);
      return { ModelPackageArn: packageArn(context, { name, version }) };
    },

    DescribeModelPackage: async (input) => {
      const { ModelPackageName: given } = checked<{ ModelPackageName: string }>(
        DESCRIBE_MODEL_PACKAGE,
        input,
        INVALID,
      );
      return describePackage(context, await requirePackage(context, given));
    },

    ListModelPackages: async (input) => {
      const query = checked<ListPackagesInput>(LIST_MODEL_PACKAGES, input, INVALID);
      const status = query.ModelApprovalStatus;
      const found = (await packagesFor(context, query)).filter(
        ({ state }) => status === undefined || state.request["ModelApprovalStatus"] === status,
      );
      const { items, next } = listed(
        found,
        ({ name, version = 0, state }) => ({
          ...{ name, at: state.createdAt },
          // As text in the order of numbers.
          id: `${name}/${String(version).padStart(9, "0")}`,
        }),
        query,
      );
      return { ModelPackageSummaryList: items.map((one) => packageSummary(context, one)), ...next };
    },

    UpdateModelPackage: async (input, { signal }) => {
      const { ModelPackageArn: arn } = checked<{ ModelPackageArn: string }>(
        UPDATE_MODEL_PACKAGE,
        input,
        INVALID,
      );
      const request = known(UPDATE_MODEL_PACKAGE, input) as UpdatePackageInput;
      const { name, version, state } = await requirePackage(context, arn);
      const problem = updateProblem(version, state.request, request);
      if (problem !== undefined) throw invalid(problem);
      await requireModelData(context, request, signal);
      await packages.append("group", name, {
        ...{ type: "update", at: Date.now(), version: state.version, request },
      });
      return { ModelPackageArn: packageArn(context, { name, version }) };
    },

    DeleteModelPackage: async (input) => {
      const { ModelPackageName: given } = checked<{ ModelPackageName: string }>(
        DELETE_MODEL_PACKAGE,
        input,
        INVALID,
      );
      const { name, kind, state } = await requirePackage(context, given);
      const { version } = state;
      await packages.append(kind, name, { type: "delete-package", at: Date.now(), version });
      return undefined;
    },
  };
}

/** A package that is in no group. */
async function createAlone(
  context: SageMakerContext,
  request: CreatePackageInput,
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const name = request.ModelPackageName ?? "";
  const arn = packageArn(context, { name, version: undefined });
  const there = await findPackage(context, { name, version: undefined });
  const isAgain =
    request.ClientToken !== undefined &&
    there?.state.request["ClientToken"] === request.ClientToken;
  if (there === undefined) await requireModelData(context, request, signal);
  const outcome =
    there === undefined || isAgain
      ? await claim(context, "package", name, (id, at) => ({
          ...{ type: "package", id, at },
          request: { ...request },
        }))
      : undefined;
  if (outcome === undefined) throw invalid(`Model Package already exists: ${arn}`);
  return { ModelPackageArn: arn };
}

/** Those of a group; else of the type that was asked for, which is those without a group. */
async function packagesFor(
  context: SageMakerContext,
  { ModelPackageGroupName: given, ModelPackageType: type }: ListPackagesInput,
): Promise<Package[]> {
  if (given !== undefined) {
    const name = groupOf(context, given);
    const group = name === undefined ? undefined : await findGroup(context, name);
    return group === undefined || type === "Unversioned" ? [] : versionsOf(group);
  }
  const wanted = type ?? "Unversioned";
  return (await allPackages(context)).filter(
    ({ version }) => wanted === "Both" || (version !== undefined) === (wanted === "Versioned"),
  );
}
