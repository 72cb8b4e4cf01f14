/** Names of training jobs, and the service's limits on them. Pure. */

/** The most characters that a training job's name may have (CreateTrainingJob, TrainingJobName). */
export const MAX_JOB_NAME_LENGTH = 63;

/** `-2026-01-31-23-59-59-999`: a name made from a base ends in the time, to the millisecond. */
const TIMESTAMP_LENGTH = 24;

const TIMESTAMPED = /^(.+)-(\d{4}(-\d{2}){5}-\d{3}|\d{6}-\d{4})$/;

/**
 * The part of an image's URI that names it: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/glm_v2:1.4.0` is `glm-v2`.
 * For a program folder, the folder's name. What the service does not take in a name becomes `-`.
 *
 * @param imageUri - a reference with or without registry, tag and digest, or a folder's path
 */
export function baseNameFromImage(imageUri: string): string {
  const [reference = ""] = imageUri.split("@", 1);
  const last = reference.split(/[/\\]/).findLast((part) => part !== "" && !/^\.+$/.test(part));
  return sanitize((last ?? "").replace(/:[^:]*$/, "")) || "training-job";
}

/**
 * A job's name from a base: `<base>-YYYY-MM-DD-HH-MM-SS-mmm` in UTC, the base cut so that the whole has at most 63 characters
 * (Python's `name_from_base`; here the milliseconds always have three digits).
 *
 * @param base - what the name begins with
 * @param time - what it ends with
 */
export function nameFromBase(base: string, time: Date): string {
  const stamp = time.toISOString().replace(/[T:.]/g, "-").slice(0, -1);
  const head = base.slice(0, MAX_JOB_NAME_LENGTH - TIMESTAMP_LENGTH);
  return head === "" ? `training-job-${stamp}` : `${head}-${stamp}`;
}

/**
 * The base of a name that {@link nameFromBase} (or the Python SDK) made; the name itself when it bears no time.
 *
 * @param name - a job's name
 */
export function baseFromName(name: string): string {
  return TIMESTAMPED.exec(name)?.[1] ?? name;
}

/** Only letters, digits and single hyphens between them may stand in a name. */
function sanitize(text: string): string {
  return text.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
}
