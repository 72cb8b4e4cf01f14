/** UpdateTrainingJob: what of a running job's request can change (pure). */

/** What is asked, in the service's words. */
export interface UpdateTrainingJobInput {
  readonly TrainingJobName: string;
  readonly ProfilerConfig?: unknown;
  readonly ProfilerRuleConfigurations?: unknown;
  readonly ResourceConfig?: { readonly KeepAlivePeriodInSeconds: number };
  readonly RemoteDebugConfig?: unknown;
}

/** In which a program's container can be reached. */
const DEBUGGABLE = ["Downloading", "Training"];

/**
 * Why a running job cannot be changed in this way now; undefined when it can.
 *
 * @param input - what is asked
 * @param secondaryStatus - the job's
 */
export function updateProblem(
  { RemoteDebugConfig }: UpdateTrainingJobInput,
  secondaryStatus: string,
): string | undefined {
  if (RemoteDebugConfig === undefined || DEBUGGABLE.includes(secondaryStatus)) return undefined;
  return `RemoteDebugConfig can be updated when the SecondaryStatus of the training job is Downloading or Training. It is ${secondaryStatus}.`;
}

/** The members that get other values; the service takes no notice of any other. */
export function updatesOf(input: UpdateTrainingJobInput): Readonly<Record<string, unknown>> {
  const { ProfilerConfig, ProfilerRuleConfigurations, ResourceConfig, RemoteDebugConfig } = input;
  const all = {
    ProfilerConfig,
    ProfilerRuleConfigurations,
    ResourceConfig: ResourceConfig && {
      KeepAlivePeriodInSeconds: ResourceConfig.KeepAlivePeriodInSeconds,
    },
    RemoteDebugConfig,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
