/** An error that a service of the local cloud answers with. */

/**
 * An error in a service's own terms, written out by the protocol that carries it.
 *
 * @example
 * ```ts
 * throw new ServiceError("ValidationException", "Requested resource not found.");
 * ```
 */
export class ServiceError extends Error {
  override readonly name: string = "ServiceError";
  /** The service's code: `ValidationException`, `ResourceInUse` … */
  readonly code: string;
  /** The HTTP status. Default: 400. */
  readonly status: number;

  /**
   * @param code - the service's code
   * @param message - the service's words
   * @param status - the HTTP status
   */
  constructor(code: string, message: string, status = 400, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.status = status;
  }
}

/** The words for a fault of the local cloud itself: nothing is hidden, as the one who asks owns the machine. */
export function faultMessage(error: unknown): string {
  return `The local cloud failed: ${error instanceof Error ? error.message : String(error)}`;
}
