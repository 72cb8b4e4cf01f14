/** What of a good request for a package the service refuses all the same (pure). */

import type { Tag } from "../training-request.ts";
import type { Members } from "./package-entries.ts";
import { updated } from "./package-state.ts";

/** The parts of UpdateModelPackage that are read. */
export interface UpdatePackageInput extends Members {
  readonly InferenceSpecification?: InferenceSpecification;
}

/** The parts of CreateModelPackage that are read. */
export interface CreatePackageInput extends UpdatePackageInput {
  readonly ModelPackageName?: string;
  readonly ModelPackageGroupName?: string;
  readonly ClientToken?: string;
  readonly Tags?: readonly Tag[];
  readonly SourceAlgorithmSpecification?: unknown;
}

/** The parts of an inference specification that are read. */
interface InferenceSpecification extends Members {
  readonly Containers: readonly {
    readonly ModelDataUrl?: string;
    readonly ModelDataSource?: { readonly S3DataSource?: ModelSource };
  }[];
}

/** Where a model lies. */
interface ModelSource {
  readonly S3Uri: string;
  readonly S3DataType: string;
}

const MOST_METADATA = 50;
const MOST_SPECIFICATIONS = 15;
/** What an inference specification needs where no group stands behind it. */
const ALONE = [
  "SupportedContentTypes",
  "SupportedResponseMIMETypes",
  "SupportedTransformInstanceTypes",
  "SupportedRealtimeInferenceInstanceTypes",
];

/** Why a package is not made; `undefined` when it may be. */
export function creationProblem(request: CreatePackageInput): string | undefined {
  const { ModelPackageName: name, ModelPackageGroupName: group } = request;
  if (name !== undefined && group !== undefined) {
    return "Both ModelPackageName and ModelPackageGroupName are provided in the input. Cannot determine which one to use.";
  }
  if (name === undefined && group === undefined) {
    return "Missing ARN.";
  }
  if (group !== undefined && (request.Tags ?? []).length > 0) {
    return "Tags are not supported for versioned model packages. Tag the model package group, or use CustomerMetadataProperties.";
  }
  return group === undefined ? aloneProblem(request) : undefined;
}

function aloneProblem({
  InferenceSpecification: inference,
  SourceAlgorithmSpecification: algorithm,
}: CreatePackageInput): string | undefined {
  if (inference === undefined) {
    return algorithm === undefined
      ? "An unversioned model package needs an InferenceSpecification or a SourceAlgorithmSpecification."
      : undefined;
  }
  const missing = ALONE.filter((member) => inference[member] === undefined);
  return missing.length === 0
    ? undefined
    : `The InferenceSpecification of an unversioned model package needs ${missing.join(", ")}.`;
}

/**
 * Why a package is not changed in this way; `undefined` when it may be.
 *
 * @param version - the package's, if it has one
 * @param before - its request
 * @param update - UpdateModelPackage
 */
export function updateProblem(
  version: number | undefined,
  before: Members,
  update: Members,
): string | undefined {
  if (version === undefined) {
    return "Only versioned model packages can be updated.";
  }
  const names = namesOf(before["AdditionalInferenceSpecifications"]);
  const taken = namesOf(update["AdditionalInferenceSpecificationsToAdd"]).find(
    (name, index, added) => names.includes(name) || added.indexOf(name) !== index,
  );
  if (taken !== undefined) {
    return `An additional inference specification with this name already exists: ${taken}`;
  }
  const after = updated(before, update);
  if (namesOf(after["AdditionalInferenceSpecifications"]).length > MOST_SPECIFICATIONS) {
    return `A model package can have ${MOST_SPECIFICATIONS} additional inference specifications.`;
  }
  const count = Object.keys(after["CustomerMetadataProperties"] ?? {}).length;
  return count > MOST_METADATA
    ? `A model package can have ${MOST_METADATA} customer metadata properties, and this one would have ${count}.`
    : undefined;
}

function namesOf(specifications: unknown): string[] {
  return ((specifications ?? []) as readonly { readonly Name: string }[]).map(({ Name }) => Name);
}
