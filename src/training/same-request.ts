/** Whether a job that the service describes was made by a request: what of it differs. Pure. */

/** A JSON object. */
type Members = Readonly<Record<string, unknown>>;

/** Maps of the caller's own entries: they must be the same to the last one. */
const MAPS = new Set(["HyperParameters", "Environment"]);

/** What a job only has when it was asked for: the service adds none of it by itself. */
const ONLY_IF_ASKED = [
  "InputDataConfig",
  "VpcConfig",
  "CheckpointConfig",
  "ExperimentConfig",
  "TensorBoardOutputConfig",
  "EnableManagedSpotTraining",
  "EnableNetworkIsolation",
];

/** Never in a description: tags come from ListTags, and the chaining of sessions is not told at all. */
const NOT_DESCRIBED = new Set(["Tags", "SessionChainingConfig"]);

/**
 * The members in which a description is not what a request asked for; none when the job may be that request's.
 *
 * A description is the request with defaults added, lists in any order, and empty values where nothing was given. So everything that
 * was sent must be there, and the service may have added to it, but for the caller's own entries: hyperparameters, environment,
 * channels, tags.
 *
 * @param request - as it was sent: JSON
 * @param description - as it was answered
 * @param tags - the job's tags, without those that AWS made; `undefined` when they may not be listed
 */
export function differences(
  request: Members,
  description: Members,
  tags: readonly unknown[] | undefined,
): string[] {
  const members = new Set([...Object.keys(request), ...MAPS, ...ONLY_IF_ASKED]);
  const differs = [...members].filter((member) => {
    const [sent, there] = [request[member], description[member]];
    const isSame = MAPS.has(member)
      ? isSameMap(sent, there)
      : isWithin(sent, there) && (sent !== undefined || isNothing(there));
    return !NOT_DESCRIBED.has(member) && !isSame;
  });
  const isTagged = tags === undefined || isWithin(request["Tags"] ?? [], tags);
  return isTagged ? differs : [...differs, "Tags"];
}

/** Everything that was sent is there, and there may be more; lists have as many entries, in any order. */
export function isWithin(sent: unknown, there: unknown): boolean {
  if (Array.isArray(sent)) {
    const entries: readonly unknown[] = Array.isArray(there) ? there : [];
    return sent.length === entries.length && isPaired(sent, entries);
  }
  if (isRecord(sent)) {
    const answered = isRecord(there) ? there : {};
    return Object.keys(sent).every((member) => isWithin(sent[member], answered[member]));
  }
  if (typeof sent === "string" && typeof there === "string") {
    return isSameText(sent, there);
  }
  return sent === there || (isNothing(sent) && isNothing(there));
}

/** A key or an algorithm that was named may be answered with its ARN, and a prefix with or without its last slash. */
function isSameText(sent: string, there: string): boolean {
  return (
    sent.replace(/\/+$/, "") === there.replace(/\/+$/, "") ||
    (there.startsWith("arn:") &&
      sent !== "" &&
      (there.endsWith(`/${sent}`) || there.endsWith(`:${sent}`)))
  );
}

function isSameMap(sent: unknown, there: unknown): boolean {
  const ours = Object.entries(isRecord(sent) ? sent : {});
  const theirs = isRecord(there) ? there : {};
  return (
    ours.length === Object.keys(theirs).length &&
    ours.every(([name, value]) => theirs[name] === value)
  );
}

/** Each has a partner of its own. Lists are short. */
function isPaired(sent: readonly unknown[], there: readonly unknown[]): boolean {
  const free = [...there];
  return sent.every((item) => {
    const at = free.findIndex((candidate) => isWithin(item, candidate));
    return at >= 0 && free.splice(at, 1).length === 1;
  });
}

/** What the service answers where nothing was given. */
function isNothing(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === false ||
    value === "" ||
    (Array.isArray(value) && value.length === 0) ||
    (isRecord(value) && Object.values(value).every(isNothing))
  );
}

function isRecord(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
