/** UpdateTrainingJob: what of a running job's request can change (pure). */

/** What is asked, in the service's words. */
export interface UpdateTrainingJobInput {
  readonly TrainingJobName: string;
  readonly ProfilerConfig?: unknown;
  readonly ProfilerRuleConfigurations?: unknown;
  readonly ResourceConfig?: { readonly KeepAlivePeriodInSeconds: number };
  readonly RemoteDebugConfig?: unknown;
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
