/** The errors of this library: one base, and a subclass only where a caller can act on it. */

/**
 * Something about a request that was found before anything was uploaded or started.
 *
 * @example
 * ```ts
 * for (const finding of plan.findings) console.log(finding.severity, finding.path, finding.message);
 * ```
 */
export interface Finding {
  /** `error` stops a `fit()`; `warning` is advice; `note` tells what was not checked. */
  readonly severity: "error" | "warning" | "note";
  /** Where, in option names: `hyperparameters.lr`, `inputs.train.s3Data`. */
  readonly path: string;
  /** What is wrong, with the value and the limit. Never a secret. */
  readonly message: string;
  /** What to do next. */
  readonly hint?: string;
}

/** Marks an error with its classes, so that another copy of this library knows it. */
const MARKER: unique symbol = Symbol.for("sagemaker-estimator.error");
/** What `console` asks an object for, in Node.js and in Deno. */
const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/**
 * The base of every error that this library throws by itself. The cause, where there is one, is kept in `cause`.
 *
 * @example
 * ```ts
 * try {
 *   await estimator.fit("data/");
 * } catch (error) {
 *   if (SageMakerError.isInstance(error)) console.error(error.message);
 *   else throw error;
 * }
 * ```
 */
export class SageMakerError extends Error {
  /** The class's name. */
  override readonly name: string = "SageMakerError";

  /**
   * @param message - what, which, and what to do next
   * @param options - `cause`: the error underneath
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    const names: string[] = [];
    for (
      let ancestor: unknown = new.target;
      typeof ancestor === "function" && ancestor !== Error;
      ancestor = Object.getPrototypeOf(ancestor)
    ) {
      names.push(ancestor.name);
    }
    // Not enumerable, so that it stays out of printed errors.
    Object.defineProperty(this, MARKER, { value: names, enumerable: false });
  }

  /**
   * What `console.error`, a script's end and a notebook's cell show: message, stack and cause. What the fields hold is in the
   * message, and is not printed a second time.
   *
   * @internal
   */
  [INSPECT](
    _depth: number,
    options: object,
    inspect: (value: unknown, options: object) => string,
  ): string {
    // The engine writes down "Error", whatever the class.
    const stack = (this.stack ?? this.message).replace(/^Error\b/, this.name);
    return this.cause === undefined
      ? stack
      : `${stack} {\n  [cause]: ${inspect(this.cause, options).replaceAll("\n", "\n  ")}\n}`;
  }

  /** Whether `error` is of this class, even when it came from another copy of this library. */
  static isInstance<T>(this: abstract new (...given: never[]) => T, error: unknown): error is T {
    return (
      error instanceof Error &&
      // biome-ignore lint/complexity/noThisInStatic: a subclass inherits this and asks for itself
      ((error as { readonly [MARKER]?: readonly string[] })[MARKER]?.includes(this.name) ?? false)
    );
  }
}

/**
 * What the caller gave cannot be used; every problem is told at once, and nothing was uploaded or started.
 *
 * @example
 * ```ts
 * if (ValidationError.isInstance(error)) for (const { path, message } of error.findings) console.error(path, message);
 * ```
 */
export class ValidationError extends SageMakerError {
  override readonly name: string = "ValidationError";
  /** Everything that is wrong. */
  readonly findings: readonly Finding[];

  /**
   * @param summary - what was refused, e.g. `The training job was not started`
   * @param findings - everything that is wrong
   */
  constructor(summary: string, findings: readonly Finding[], options?: ErrorOptions) {
    super(`${summary}: ${formatFindings(findings)}`, options);
    this.findings = findings;
  }
}

/** One finding reads on the line; several are listed below it. */
function formatFindings(findings: readonly Finding[]): string {
  const lines = findings.map(({ path, message, hint }) => {
    const where = path === "" ? "" : `${path}: `;
    return `${where}${message}${hint === undefined ? "" : ` ${hint}`}`;
  });
  return lines.length === 1
    ? (lines[0] ?? "")
    : `${lines.length} problems.${lines.map((line) => `\n  - ${line}`).join("")}`;
}

/** What is known of a job that did not end well. */
export interface UnexpectedStatusDetails {
  /** The training job's name. */
  readonly job: string;
  /** The status it ended with, `Failed`. */
  readonly status: string;
  /** The secondary status, e.g. `Failed` or `Interrupted`. */
  readonly secondaryStatus?: string;
  /** The service's reason (at most 1,024 characters). */
  readonly failureReason?: string;
  /** The container's exit code, when the reason names one. */
  readonly exitCode?: number;
  /** The last log lines of the host that failed, oldest first. */
  readonly logTail: readonly string[];
  /** Where to look next: the place of the logs. */
  readonly logsLocation?: string;
  /** What to do, where the reason or the log speaks of something that is known. */
  readonly hint?: string;
}

/** Python's error names this page; it is about failing jobs, whatever started them. */
const TROUBLESHOOTING =
  "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-python-sdk-troubleshooting.html";

/**
 * A training job ended as `Failed`.
 *
 * @example
 * ```ts
 * if (UnexpectedStatusError.isInstance(error)) console.error(error.failureReason, error.logTail.join("\n"));
 * ```
 */
export class UnexpectedStatusError extends SageMakerError implements UnexpectedStatusDetails {
  override readonly name: string = "UnexpectedStatusError";
  /** The training job's name. */
  readonly job: string;
  /** The status it ended with. */
  readonly status: string;
  /** The same, under Python's name. */
  readonly actualStatus: string;
  /** The statuses that were waited for. */
  readonly allowedStatuses: readonly string[] = ["Completed", "Stopped"];
  /** The secondary status. */
  readonly secondaryStatus?: string;
  /** The service's reason. */
  readonly failureReason?: string;
  /** The container's exit code, when the reason names one. */
  readonly exitCode?: number;
  /** The last log lines of the host that failed, oldest first. */
  readonly logTail: readonly string[];
  /** Where to look next. */
  readonly logsLocation?: string;
  /** What to do, where the reason or the log speaks of something that is known. */
  readonly hint?: string;

  /** @param details - what is known of the job */
  constructor(details: UnexpectedStatusDetails, options?: ErrorOptions) {
    const { job, status, secondaryStatus, failureReason, exitCode } = details;
    const { logTail, logsLocation, hint } = details;
    const lines = [
      `Error for Training job ${job}: ${status}. Reason: ${failureReason || "(No reason provided)"}. ` +
        `Check troubleshooting guide for common errors: ${TROUBLESHOOTING}`,
    ];
    if (hint !== undefined) {
      lines.push(`Hint: ${hint}`);
    }
    if (logTail.length > 0) {
      lines.push("Last log lines:", ...logTail.map((line) => `  ${line}`));
    }
    if (logsLocation !== undefined) {
      lines.push(`Logs: ${logsLocation}`);
    }
    super(lines.join("\n"), options);
    this.job = job;
    this.status = status;
    this.actualStatus = status;
    if (secondaryStatus !== undefined) this.secondaryStatus = secondaryStatus;
    if (failureReason !== undefined) this.failureReason = failureReason;
    if (exitCode !== undefined) this.exitCode = exitCode;
    this.logTail = logTail;
    if (logsLocation !== undefined) this.logsLocation = logsLocation;
    if (hint !== undefined) this.hint = hint;
  }
}

/**
 * The service could not provide the instances. Another instance type, region or a later time may do; `fit()` goes on with the
 * estimator's `capacityFallbacks` by itself.
 *
 * @example
 * ```ts
 * if (CapacityError.isInstance(error)) estimator = new Estimator({ ...options, instanceType: "ml.m5.2xlarge" });
 * ```
 */
export class CapacityError extends UnexpectedStatusError {
  override readonly name: string = "CapacityError";
}

/** One file or object that could not be transferred. */
export interface TransferFailure {
  /** The file's path, or the object's URI. */
  readonly source: string;
  /** Why. */
  readonly cause: unknown;
}

/**
 * Files could not be staged to or brought from S3. What arrived whole stays where later runs find it; nothing half-written is left.
 *
 * @example
 * ```ts
 * if (TransferError.isInstance(error)) for (const { source, cause } of error.failures) console.error(source, cause);
 * ```
 */
export class TransferError extends SageMakerError {
  override readonly name: string = "TransferError";
  /** Each file or object that failed, and why. */
  readonly failures: readonly TransferFailure[];

  /**
   * @param message - what failed and what to do next
   * @param failures - each file or object that failed
   */
  constructor(message: string, failures: readonly TransferFailure[] = [], options?: ErrorOptions) {
    super(message, options);
    this.failures = failures;
  }
}

/**
 * A wait reached its time limit. The job goes on.
 *
 * @example
 * ```ts
 * if (WaitTimeoutError.isInstance(error)) console.log(`${error.job} still runs: ${error.status}`);
 * ```
 */
export class WaitTimeoutError extends SageMakerError {
  override readonly name: string = "WaitTimeoutError";
  /** The training job's name. */
  readonly job: string;
  /** The last status seen. */
  readonly status: string;

  /**
   * @param job - the training job's name
   * @param status - the last status seen
   * @param timeoutMs - the limit that was reached, in milliseconds
   */
  constructor(job: string, status: string, timeoutMs: number, options?: ErrorOptions) {
    super(
      `Training job ${job} was still ${status} after ${timeoutMs} ms. The job goes on: ` +
        `come back to it with TrainingJob.attach("${job}"), or end it with stop().`,
      options,
    );
    this.job = job;
    this.status = status;
  }
}
