/** The error for a filter pattern that the service does not take. */

import { ServiceError } from "../../wire/service-error.ts";

/** @param message - what is wrong with it */
export function invalidPattern(message: string): ServiceError {
  return new ServiceError("InvalidParameterException", message);
}
