/** Options and inputs as a plan: what `fit()` will carry out. Reads files and, unless told otherwise, AWS; changes nothing. */

import { type Finding, ValidationError } from "../errors.ts";
import { type FitInputs, namedInputs, TrainingInput } from "../inputs.ts";
import type { Session } from "../session.ts";
import { s3PathJoin } from "../transfer/s3-uri.ts";
import { tellOrigins } from "./apply-defaults.ts";
import { fallbackFindings, fallbackRequests } from "./capacity.ts";
import { isNews } from "./check-options.ts";
import { lostDriver } from "./code/code-findings.ts";
import type { GitState } from "./code/git-state.ts";
import { prepareCode } from "./code/prepare-code.ts";
import { prepareDefaults } from "./defaults.ts";
import { requestFindings } from "./findings.ts";
import type { FitOptions } from "./fit-options.ts";
import { prepareFramework } from "./framework/prepare-framework.ts";
import { LazyHome } from "./home.ts";
import { validateHyperparameters } from "./hyperparameter-schema.ts";
import { encodeHyperparameters } from "./hyperparameters.ts";
import { inputFindings, type NamedInput } from "./input-findings.ts";
import { optionFindings } from "./option-findings.ts";
import type { EstimatorOptions } from "./options.ts";
import { TrainingPlan } from "./plan.ts";
import { type PreflightFacts, preflight } from "./preflight/preflight.ts";
import { prepareInputs } from "./prepare-inputs.ts";
import type { PreparedUpload } from "./prepared.ts";
import { buildRequest, type TrainingJobRequest } from "./request.ts";
import { resolveRole } from "./role.ts";
import { ruleFindings } from "./rules.ts";
import type { RunCode } from "./run-record.ts";
import { soundRequest } from "./sound-request.ts";
import { plannedRun } from "./tracking/plan-run.ts";
import type { RunTarget } from "./tracking/work.ts";

/** A plan and what is needed to carry it out. */
export interface PreparedJob {
  readonly plan: TrainingPlan;
  /** The uploads of `plan.uploads`, in the same order. */
  readonly uploads: readonly PreparedUpload[];
  /** Something goes to the default bucket, which must be there before it is used. */
  readonly needsDefaultBucket: boolean;
  /** The SHA-256 of the code, where there is script mode. */
  readonly codeDigest: string | undefined;
  /** The commit that was cloned, with `gitConfig`. */
  readonly codeGit: GitState | undefined;
  /** The code of the run that is repeated. */
  readonly recordedCode: RunCode | undefined;
  /** The requests that follow when there is no capacity, one for each of `capacityFallbacks`. */
  readonly fallbacks: readonly TrainingJobRequest[];
  /** What was learned of the image while it was checked. */
  readonly facts: PreflightFacts;
  /** The run of MLflow that is to be made, or gone on with. */
  readonly mlflow: RunTarget | undefined;
}

/** What `prepareJob` needs besides the options. */
export interface PrepareContext {
  readonly session: Session;
  readonly jobName: string;
  /** What was found before, resolving the options. */
  readonly findings?: readonly Finding[];
  /** Taken on: what is to be done on this machine when the job has been prepared and its uploads made, or not. */
  readonly cleanups: (() => Promise<void>)[];
  /** Other machines follow when there is no room for these. Default: whether the options have fallbacks. */
  readonly othersFollow?: boolean;
}

/** What Python calls the channel of `modelUri`. */
const MODEL_CHANNEL = "model";
/** What the channel of a model says of its contents (Python's `_prepare_model_channel`). */
const MODEL_CONTENT_TYPE = "application/x-sagemaker-model";

/**
 * Makes the plan.
 *
 * @param given - the estimator's options
 * @param inputs - as given to `fit()`
 * @param fit - `preflight`, `experimentConfig`, `pricePerHourUsd` and `signal` are read
 * @param context - the session and the job's name
 */
export async function prepareJob(
  given: EstimatorOptions,
  inputs: FitInputs | undefined,
  fit: FitOptions,
  context: PrepareContext,
): Promise<PreparedJob> {
  const { session, jobName } = context;
  const { signal } = fit;
  const isLocal = session.local !== undefined;
  const home = new LazyHome(session, signal);
  const how = { session, home, ask: fit.preflight !== "offline", signal };
  const defaults = await prepareDefaults(given, session, signal);
  const run = await plannedRun(defaults.options, fit, session);
  const options = { ...defaults.options, environment: run.environment };

  const validated = await validateHyperparameters(
    options.hyperparameters ?? {},
    options.hyperparameterSchema,
    signal,
  );
  const { encoded, findings } = encodeHyperparameters(validated.values, options);
  const named = allInputs(options, inputs);
  const misgiven = context.findings ?? [];
  findings.push(
    ...validated.findings,
    ...defaults.findings,
    ...run.findings,
    ...optionFindings(options, isLocal),
    ...ruleFindings(options, isLocal),
  );

  const role = await resolveRole(options.role, how);
  const data = await prepareInputs(named, how);
  const outputPath = options.outputPath ?? (await defaultOutputPath(home));
  const framework = prepareFramework(options, { jobName, outputPath });
  const inputMode = inputs instanceof TrainingInput ? inputs.options.inputMode : undefined;
  const code = await prepareCode(options, {
    ...{ ...how, jobName, outputPath },
    inputMode: inputMode ?? options.inputMode ?? "File",
  });
  context.cleanups.push(...(code.dispose ? [code.dispose] : []));
  const codeInputs = code.channels.map(
    ({ name, input }): NamedInput => ({ name, path: "sourceDir", input }),
  );
  findings.push(
    ...inputFindings([...named, ...codeInputs], options),
    ...role.findings,
    ...data.findings,
    ...code.findings,
    ...framework.findings,
    ...lostDriver(
      options,
      [...named, ...codeInputs].map(({ name }) => name),
    ),
  );

  const request = buildRequest(options, {
    jobName,
    roleArn: role.roleArn,
    outputPath,
    hyperparameters: { ...encoded, ...code.hyperparameters, ...framework.hyperparameters },
    channels: [...data.channels, ...code.channels],
    inputMode,
    entryPoint: code.entryPoint,
    ...(fit.experimentConfig && { experimentConfig: { ...fit.experimentConfig } }),
  });
  const uploads = [...data.uploads, ...code.uploads];
  const pathOf = new Map([...named, ...codeInputs].map(({ name, path }) => [name, path]));
  const told = new Set(
    findings.filter(({ severity }) => severity === "error").map(({ path }) => path),
  );
  const sound = soundRequest(request);
  const channelPaths = (sound.InputDataConfig ?? []).map(
    ({ ChannelName = "" }) => pathOf.get(ChannelName) ?? `inputs.${ChannelName}`,
  );
  findings.push(
    ...requestFindings(request, {
      channels: channelPaths,
      tagNames:
        options.tags && !Array.isArray(options.tags) ? Object.keys(options.tags) : undefined,
      isLocal,
      overrides: options.overrides,
    })
      .filter(
        // An input that cannot be read has no URI; that it cannot be read is told already.
        ({ path }) => !told.has(path) && !told.has(path.replace(/\.s3Data$/, "")),
      )
      .map((finding) =>
        // The name was made from it.
        finding.path === "jobName" && fit.jobName === undefined && options.baseJobName !== undefined
          ? { ...finding, path: "baseJobName" }
          : finding,
      ),
  );
  findings.push(...fallbackFindings(options, request, { isLocal, wait: fit.wait ?? true }));
  const fallbacks = fallbackRequests(options, sound).map(soundRequest);
  const checked = await preflight(
    {
      request: sound,
      channelPaths,
      uploads: uploads.map(({ planned }) => planned),
      defaultBucket: home.isNeeded ? (await home.get()).bucket : undefined,
      codeLocation: options.codeLocation,
      fallbacks,
      othersFollow: context.othersFollow ?? (options.capacityFallbacks ?? []).length > 0,
    },
    fit,
    session,
  );
  findings.push(...checked.findings);
  return {
    plan: new TrainingPlan({
      request,
      uploads: uploads.map(({ planned }) => planned),
      findings: tellOrigins(
        [...misgiven, ...findings.filter((finding) => isNews(finding, misgiven))],
        defaults.origins,
      ),
      costCeiling: checked.costCeiling,
    }),
    uploads,
    needsDefaultBucket: home.isNeeded,
    codeDigest: code.digest,
    codeGit: code.git,
    recordedCode: options.recordedCode,
    fallbacks,
    facts: checked.facts,
    mlflow: run.target,
  };
}

/**
 * Throws what is wrong with a plan, all of it at once.
 *
 * @param plan - the plan
 * @throws {@link ValidationError} when a finding is an error
 */
export function refuseErrors(plan: TrainingPlan): void {
  const errors = plan.findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    throw new ValidationError("The training job was not started", errors);
  }
}

/** The caller's inputs, and the model's channel behind them as in Python. */
function allInputs(options: EstimatorOptions, inputs: FitInputs | undefined): NamedInput[] {
  const named = namedInputs(inputs).map(
    ([name, input]): NamedInput => ({ name, path: `inputs.${name}`, input }),
  );
  const { modelUri, modelChannelName = MODEL_CHANNEL } = options;
  if (modelUri !== undefined) {
    const input = new TrainingInput(modelUri, {
      contentType: MODEL_CONTENT_TYPE,
      inputMode: "File",
    });
    named.push({ name: modelChannelName, path: "modelUri", input });
  }
  return named;
}

/** As in Python: the default bucket and prefix; the service adds the job's name. */
async function defaultOutputPath(home: LazyHome): Promise<string> {
  const { bucket, prefix } = await home.get();
  return s3PathJoin("s3://", bucket, prefix, { withEndSlash: true });
}
