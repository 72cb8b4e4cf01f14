/** What MLflow, or the way to it, has against a call. */

import { SageMakerError } from "../../errors.ts";

/** Where the error came from, beside its code. */
export interface MlflowErrorOptions extends ErrorOptions {
  /** The HTTP status, when a server answered. */
  readonly status?: number;
}

/**
 * A call to MLflow failed: the server's own code and words, or why there was no answer.
 *
 * @example
 * ```ts
 * try {
 *   await client.getExperimentByName("pricing");
 * } catch (error) {
 *   if (MlflowError.isInstance(error) && error.errorCode === "RESOURCE_DOES_NOT_EXIST") await client.createExperiment("pricing");
 *   else throw error;
 * }
 * ```
 */
export class MlflowError extends SageMakerError {
  override readonly name: string = "MlflowError";
  /** MLflow's code: `RESOURCE_DOES_NOT_EXIST`, `RESOURCE_ALREADY_EXISTS`, `INVALID_PARAMETER_VALUE` …; `UNAVAILABLE` when no server answered. */
  readonly errorCode: string;
  /** The HTTP status, when a server answered. */
  readonly status: number | undefined;

  /**
   * @param errorCode - MLflow's code
   * @param message - what, which, and what to do next
   */
  constructor(errorCode: string, message: string, options: MlflowErrorOptions = {}) {
    super(message, options);
    this.errorCode = errorCode;
    this.status = options.status;
  }
}

/** What a call names is not there. @internal */
export function notFound(message: string, cause?: unknown): MlflowError {
  return new MlflowError("RESOURCE_DOES_NOT_EXIST", message, {
    status: 404,
    ...(cause !== undefined && { cause }),
  });
}

/** What a call says cannot be taken. @internal */
export function invalid(message: string, cause?: unknown): MlflowError {
  return new MlflowError("INVALID_PARAMETER_VALUE", message, {
    status: 400,
    ...(cause !== undefined && { cause }),
  });
}

/** Whether the store has understood, and will not take it: trying again would not help. @internal */
export function isRefusal(error: unknown): boolean {
  if (!MlflowError.isInstance(error)) {
    return false;
  }
  const { status = 0, errorCode } = error;
  // Which some servers answer with a status of their own failures.
  const isInvalid = status >= 500 && errorCode === "INVALID_PARAMETER_VALUE";
  return isInvalid || (status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status));
}
