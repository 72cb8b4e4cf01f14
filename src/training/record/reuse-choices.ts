/** Which runs would do for a `fit()`: the one that it asks for, and one for each other choice of machines that it would go on with. */

import type { Session } from "../../session.ts";
import { machineChoices, machinesInWords } from "../capacity.ts";
import { prepareFramework } from "../framework/prepare-framework.ts";
import { resolveImages } from "../framework/resolve-images.ts";
import type { EstimatorOptions } from "../options.ts";
import type { PreparedJob } from "../prepare.ts";
import type { TrainingJobRequest } from "../request.ts";

/** One of them. */
export interface RunChoice {
  readonly request: TrainingJobRequest;
  /** The machines, for people. */
  readonly machines: string;
}

type Resources = NonNullable<TrainingJobRequest["ResourceConfig"]>;

/**
 * The choices in the order in which they would be tried: the machines asked for, then `capacityFallbacks`. Of
 * `instancePreferences` any would do, so each is a choice by itself behind the list as a whole.
 *
 * @param options - the estimator's, with their fallbacks
 * @param prepared - the first of them
 * @param session - where the job would run
 */
export async function runChoices(
  options: EstimatorOptions,
  prepared: Pick<PreparedJob, "plan" | "fallbacks">,
  session: Session,
): Promise<RunChoice[]> {
  const { request } = prepared.plan;
  const [first = {}, ...others] = machineChoices(options);
  const requests = await Promise.all(
    others.map((choice, index) =>
      withFrameworkOf(choice, first, prepared.fallbacks[index] ?? request, session),
    ),
  );
  return [request, ...requests].flatMap((one) =>
    preferred(one).map((each) => ({ request: each, machines: inWords(each) })),
  );
}

/** Images and hyperparameters of a framework depend on the machines. */
async function withFrameworkOf(
  choice: EstimatorOptions,
  first: EstimatorOptions,
  request: TrainingJobRequest,
  session: Session,
): Promise<TrainingJobRequest> {
  if (choice.framework === undefined) {
    return request;
  }
  const job = {
    jobName: request.TrainingJobName ?? "",
    outputPath: request.OutputDataConfig?.S3OutputPath ?? "",
  };
  const [{ options }, before] = [
    await resolveImages(choice, session),
    prepareFramework(first, job).hyperparameters,
  ];
  const algorithm = request.AlgorithmSpecification;
  const others = Object.entries(request.HyperParameters ?? {}).filter(
    ([name]) => !Object.hasOwn(before, name),
  );
  return {
    ...request,
    ...(algorithm &&
      options.imageUri !== undefined && {
        AlgorithmSpecification: { ...algorithm, TrainingImage: options.imageUri },
      }),
    HyperParameters: {
      ...Object.fromEntries(others),
      ...prepareFramework(options, job).hyperparameters,
    },
  };
}

/** The request, and one for each instance type that it leaves the choice of to the service. */
function preferred(request: TrainingJobRequest): TrainingJobRequest[] {
  const { InstancePreferences, InstanceCount, ...resources } = request.ResourceConfig ?? {};
  const alone = (InstancePreferences ?? []).map((preference): TrainingJobRequest => {
    const count = preference.InstanceCount ?? InstanceCount;
    const ResourceConfig: Resources = {
      ...resources,
      InstanceType: preference.InstanceType,
      ...(count !== undefined && { InstanceCount: count }),
    };
    return { ...request, ResourceConfig };
  });
  return [request, ...alone];
}

function inWords({ ResourceConfig, EnableManagedSpotTraining: spot }: TrainingJobRequest): string {
  const { InstanceType, InstanceCount, InstanceGroups, InstancePreferences } = ResourceConfig ?? {};
  return machinesInWords({
    instanceType: InstanceType ?? "",
    ...(InstanceCount !== undefined && { instanceCount: InstanceCount }),
    instanceGroups: (InstanceGroups ?? []).map((group) => ({
      instanceGroupName: group.InstanceGroupName ?? "",
      instanceType: group.InstanceType ?? "",
      instanceCount: group.InstanceCount ?? 1,
    })),
    instancePreferences: (InstancePreferences ?? []).map((one) => ({
      instanceType: one.InstanceType ?? "",
    })),
    ...(spot !== undefined && { useSpotInstances: spot }),
  });
}
