/** What an Estimator is made from, under Python's names in camelCase. */

import type { InputMode } from "../inputs.ts";
import type { Session } from "../session.ts";
import type { TrainingJobEvent } from "./events.ts";
import type { Hyperparameters } from "./hyperparameters.ts";
import type { LogsOption } from "./reporter.ts";

/** A metric that SageMaker finds in the log: in the service's own words, as in Python. */
export interface MetricDefinition {
  /** The metric's name, 1 to 255 characters. */
  readonly Name: string;
  /** A regular expression of at most 500 characters, whose first group captures the number. */
  readonly Regex: string;
}

/** Tags: a record, or the service's list. */
export type Tags =
  | Readonly<Record<string, string>>
  | readonly {
      /** The tag's name, 1 to 128 characters. */
      readonly Key: string;
      /** Its value, at most 256 characters. */
      readonly Value: string;
    }[];

/** What an {@link Estimator} is made from. */
export interface EstimatorOptions {
  /**
   * The training image: an ECR URI on AWS. On the local cloud also a program folder's path, or a URI that its `images` map.
   */
  readonly imageUri: string;
  /**
   * The ARN of the role that the job runs as. May be left out with `instanceType: "local"` and with a session of a local
   * cloud.
   */
  readonly role?: string;
  /** How many instances. Default: 1. */
  readonly instanceCount?: number;
  /** The instances' type, e.g. `ml.m5.xlarge`; `local` (and `local_gpu`) runs the job on this machine. */
  readonly instanceType?: string;
  /** The size of each instance's data volume in GB. Default: 30. Instances with NVMe disks have a fixed size. */
  readonly volumeSize?: number;
  /** The most seconds that the job may run. Default: 86,400 (a day). Reaching it stops the job; its model is kept. */
  readonly maxRun?: number;
  /** How the channels' data reach the container, unless a channel says otherwise. Default: `File`. */
  readonly inputMode?: InputMode;
  /** Where artifacts go: `<outputPath>/<job>/output/model.tar.gz`. Default: the session's default bucket and prefix. */
  readonly outputPath?: string;
  /** What job names begin with; the time follows. Default: the image's name. */
  readonly baseJobName?: string;
  /** Hyperparameters: strings go as they are, everything else as JSON. At most 100, values of at most 2,500 characters. */
  readonly hyperparameters?: Hyperparameters;
  /** Environment variables of the container: at most 100, values of at most 512 characters. Anyone who may describe the job can read them: no secrets. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Tags of the job, at most 50. */
  readonly tags?: Tags;
  /** Metrics to find in the log, at most 40. */
  readonly metricDefinitions?: readonly MetricDefinition[];
  /** The program to run instead of the image's own (Docker's ENTRYPOINT). Default: the image's, with the argument `train`. */
  readonly containerEntryPoint?: readonly string[];
  /** Its arguments (Docker's CMD). */
  readonly containerArguments?: readonly string[];
  /** `Vpc` for an image in a registry other than ECR, which the job reaches through its VPC. Default: `Platform`. */
  readonly trainingRepositoryAccessMode?: "Platform" | "Vpc";
  /** Where jobs run. Default: `new Session()`; with `instanceType: "local"` the local cloud of the working folder. */
  readonly session?: Session;
}

/** The instance types that name this machine. */
const LOCAL_INSTANCE_TYPES: readonly string[] = ["local", "local_gpu"];

/** Whether the options ask for this machine by instance type. */
export function asksForLocal(options: Pick<EstimatorOptions, "instanceType">): boolean {
  return LOCAL_INSTANCE_TYPES.includes(options.instanceType ?? "");
}

/** Links the job to a SageMaker experiment, in the service's words. */
export interface ExperimentConfig {
  /** An existing experiment. */
  readonly ExperimentName?: string;
  /** An existing trial. */
  readonly TrialName?: string;
  /** How the job is shown. */
  readonly TrialComponentDisplayName?: string;
  /** The run that it belongs to. */
  readonly RunName?: string;
}

/** How `fit()` goes about it. */
export interface FitOptions {
  /** Wait for the job's end, following its log. Default: `true`. With `false`, `fit()` returns when the job is created; it goes on by itself. */
  readonly wait?: boolean;
  /** What is printed while waiting. Default: `All`. */
  readonly logs?: LogsOption;
  /** The job's name, at most 63 characters. Default: made from `baseJobName` or the image, and the time. */
  readonly jobName?: string;
  /** Links the job to a SageMaker experiment. */
  readonly experimentConfig?: ExperimentConfig;
  /** Aborts: before the job is created nothing is started; after that only the waiting ends, unless `onAbort` is `stop`. */
  readonly signal?: AbortSignal | undefined;
  /** What becomes of a created job when `signal` aborts or Ctrl-C comes: it goes on (`detach`), or is stopped. Default: `detach`. */
  readonly onAbort?: "detach" | "stop" | undefined;
  /** Told of everything that happens, whatever `logs` says. An error that it throws ends the wait and leaves the job alone. */
  readonly onEvent?: ((event: TrainingJobEvent) => void | Promise<void>) | undefined;
  /** Whether the plan may look at AWS (`aws`) or only asks for the account's name where it is needed (`offline`). Default: `aws`. */
  readonly preflight?: "aws" | "offline";
  /** Whether Ctrl-C in a script ends the wait with a word on the job. Default: `true`, and only while nobody else listens for SIGINT. */
  readonly handleSigint?: boolean | undefined;
  /** Milliseconds between looks at the job's status. Default: 5,000 growing to 30,000 on AWS; about 50 locally. */
  readonly pollIntervalMs?: number | undefined;
}
