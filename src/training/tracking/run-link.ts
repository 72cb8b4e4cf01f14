/** The way to a job's run in MLflow: the client that logs, the run once it is made, and what is logged to it. */

import type { Session } from "../../session.ts";
import {
  type JobMlflowRun,
  type NamedRun,
  type PendingRun,
  withoutUser,
} from "../mlflow-options.ts";
import { type JobRun, mlflowWork, type RunClient } from "./work.ts";

/** The way to one run. Nothing is loaded or opened before the first use. */
export class RunLink {
  readonly #session: Session;
  readonly #trackingUri: string;
  readonly #target: PendingRun | undefined;
  readonly #onFailure: (error: unknown) => void;
  readonly #startTime = Date.now();
  #client: Promise<RunClient> | undefined;
  #jobName: string;
  #runId: string | undefined;
  #jobRun: Promise<JobRun> | undefined;
  #mayBeMade: boolean;

  /**
   * @param session - where the job runs
   * @param run - the run that there is, or is to be
   * @param jobName - the job's name, if it is known: somebody may have made its run then
   * @param onFailure - told of what failed while nobody waited for it
   */
  constructor(
    session: Session,
    run: PendingRun | NamedRun,
    jobName: string,
    onFailure: (error: unknown) => void,
  ) {
    this.#session = session;
    this.#trackingUri = run.trackingUri;
    this.#target = "tags" in run ? run : undefined;
    this.#runId = "tags" in run ? undefined : run.runId;
    this.#jobName = jobName;
    this.#mayBeMade = jobName !== "";
    this.#onFailure = onFailure;
  }

  /** Where runs are logged to, without user and password. */
  get place(): string {
    return withoutUser(this.#trackingUri);
  }

  /** The run, once it is known. */
  get run(): JobMlflowRun | undefined {
    const runId = this.#runId;
    return runId === undefined ? undefined : { trackingUri: this.place, runId };
  }

  /** The job whose run it is. */
  get jobName(): string {
    return this.#jobName;
  }

  /** Whether somebody else has made the run. */
  get isGiven(): boolean {
    return this.#target === undefined;
  }

  /**
   * Makes the run, or gives one that was made another job's name.
   *
   * @param jobName - the job's name
   * @param signal - ends the work
   * @param startTime - the run's, in milliseconds since 1970. Default: when this was made
   * @returns its page, or its place
   * @throws MlflowError when it cannot be made
   */
  async start(
    jobName: string,
    signal: AbortSignal | undefined,
    startTime = this.#startTime,
  ): Promise<string> {
    this.#jobName = jobName;
    const { startRun, runUrl } = await mlflowWork();
    const client = await this.client();
    const target = this.#target ?? { trackingUri: this.#trackingUri, tags: {}, byRunner: false };
    const isAgain = this.#mayBeMade;
    this.#mayBeMade = true;
    const made = await startRun(
      client,
      // Made already, for another name.
      this.#runId === undefined ? target : { ...target, runId: this.#runId },
      { name: jobName, startTime, isAgain },
      { signal },
    );
    this.#runId = made.runId;
    this.renew();
    return runUrl(this.#trackingUri, made);
  }

  /** What logs to the run. */
  jobRun(): Promise<JobRun> {
    this.#jobRun ??= (async () => {
      const { JobRun } = await mlflowWork();
      const run = { runId: this.#runId ?? "", jobName: this.#jobName };
      return new JobRun(await this.client(), run, this.#onFailure);
    })();
    return this.#jobRun;
  }

  /** Has the run looked at anew by whoever logs to it next. */
  renew(): void {
    this.pause();
    this.#jobRun = undefined;
  }

  /** Nothing is sent by itself any more, until there is another value; what waits is kept. */
  pause(): void {
    this.#jobRun?.then(
      (run) => run.pause(),
      // Then there is none, as was told to whoever asked for it.
      () => {},
    );
  }

  /** The client that logs. */
  client(): Promise<RunClient> {
    this.#client ??= (async () => {
      const { MlflowClient } = await mlflowWork();
      return new MlflowClient({
        trackingUri: this.#trackingUri,
        session: this.#session,
        // What is kept is sent again here, and nobody may wait for minutes.
        retry: { retries: 4, baseMs: 300 },
        onError: this.#onFailure,
      });
    })();
    return this.#client;
  }
}
