/** UpdateTrainingJob: what can change while a job runs. */

import { type Finding, ValidationError } from "../errors.ts";
import { given } from "./channel-request.ts";
import { debugRequest } from "./debug-request.ts";
import { resolveRules } from "./framework/resolve-images.ts";
import { type CalledJob, callAbout } from "./job-calls.ts";
import type { UpdateOptions } from "./job-options.ts";

/**
 * Changes a running job.
 *
 * @param job - the job
 * @param options - what is to change
 * @throws {@link ValidationError} when nothing is to change, or something that cannot; SageMakerError; the signal's reason
 */
export async function updateJob(job: CalledJob, options: UpdateOptions): Promise<void> {
  const evaluated = await resolveRules(options.rules ?? [], job.session);
  const findings = [...problems(options), ...evaluated.findings];
  if (findings.length > 0) {
    throw new ValidationError(`Training job ${job.name} was not updated`, findings);
  }
  const { keepAlivePeriodInSeconds, enableRemoteDebug, profilerConfig: profiler } = options;
  const rules = options.rules && evaluated.rules;
  await callAbout(job, `update training job ${job.name}`, options.signal, (client, abortSignal) =>
    client.updateTrainingJob(
      {
        TrainingJobName: job.name,
        ...(keepAlivePeriodInSeconds !== undefined && {
          ResourceConfig: { KeepAlivePeriodInSeconds: keepAlivePeriodInSeconds },
        }),
        ...(enableRemoteDebug !== undefined && {
          RemoteDebugConfig: { EnableRemoteDebug: enableRemoteDebug },
        }),
        ...(profiler && {
          // Turned off, it takes no other member.
          ProfilerConfig: profiler.disableProfiler
            ? { DisableProfiler: true }
            : {
                ...given("S3OutputPath", profiler.s3OutputPath),
                ...given("ProfilingIntervalInMilliseconds", profiler.systemMonitorIntervalMillis),
                ...(profiler.frameworkProfileParams && {
                  ProfilingParameters: { ...profiler.frameworkProfileParams },
                }),
                DisableProfiler: false,
              },
        }),
        ...(rules && {
          ProfilerRuleConfigurations:
            debugRequest({ rules }, { jobName: job.name, outputPath: "" })
              .ProfilerRuleConfigurations ?? [],
        }),
      },
      { abortSignal },
    ),
  );
}

function problems(options: UpdateOptions): Finding[] {
  const { keepAlivePeriodInSeconds: period, rules = [] } = options;
  const found: Finding[] = [];
  const tell = (path: string, message: string, hint?: string): void =>
    void found.push({ severity: "error", path, message, ...given("hint", hint) });
  if (
    (period ?? options.enableRemoteDebug ?? options.profilerConfig ?? options.rules) === undefined
  ) {
    tell(
      "",
      "nothing is to change.",
      "Give keepAlivePeriodInSeconds, enableRemoteDebug, profilerConfig or rules.",
    );
  }
  if (period !== undefined && !(Number.isInteger(period) && period >= 0 && period <= 21_600)) {
    tell("keepAlivePeriodInSeconds", `${period} is no number of seconds from 0 to 21,600.`);
  }
  for (const { name, kind } of rules) {
    if (kind !== "profiler") {
      tell(
        "rules",
        `'${name}' is a rule of the debugger, which cannot change while the job runs.`,
        "Leave it out, or give it to the next job.",
      );
    }
  }
  return found;
}
