/** What SageMaker's model parallelism library does not take among its parameters, as the Python SDK checks them. Pure. */

type Parameters = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isCount: Check = (value) => Number.isInteger(value) && Number(value) >= 1;
const isBoolean: Check = (value) => typeof value === "boolean";
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(String(value));

/** Parameters, what each may be, and that in words. */
const CHECKS: readonly (readonly [names: readonly string[], check: Check, words: string])[] = [
  [["pipeline"], oneOf("simple", "interleaved", "_only_forward"), "simple or interleaved"],
  [["placement_strategy"], oneOf("spread", "cluster"), "spread or cluster"],
  [["optimize"], oneOf("speed", "memory"), "speed or memory"],
  [["microbatches", "partitions", "active_microbatches"], isCount, "a whole number of 1 or more"],
  [
    ["auto_partition", "contiguous", "load_partition", "horovod", "ddp", "deterministic_server"],
    isBoolean,
    "true or false",
  ],
  [["partition_file"], (value) => typeof value === "string", "a string"],
  [["memory_weight"], (value) => Number(value) >= 0 && Number(value) <= 1, "between 0 and 1"],
  [["ddp_port"], (value) => Number.isInteger(value) && Number(value) >= 0, "a port's number"],
];

/**
 * What is wrong with the parameters; `member` is empty where several are.
 *
 * @param parameters - in the library's words
 */
export function modelParallelFindings(
  parameters: Parameters,
): { member: string; message: string }[] {
  const found: { member: string; message: string }[] = [];
  for (const [names, check, words] of CHECKS) {
    for (const member of names) {
      if (Object.hasOwn(parameters, member) && !check(parameters[member])) {
        found.push({ member, message: `It must be ${words}.` });
      }
    }
  }
  const { auto_partition: auto, default_partition: first, partitions, ddp, horovod } = parameters;
  if (auto === false && first === undefined) {
    found.push({
      member: "default_partition",
      message: "It is required with auto_partition: false.",
    });
  }
  if (first !== undefined && !(Number(first) < Number(partitions))) {
    found.push({ member: "default_partition", message: "It must be less than partitions." });
  }
  for (const member of ["ddp_port", "ddp_dist_backend"]) {
    if (Object.hasOwn(parameters, member) && ddp === undefined) {
      found.push({ member, message: "It needs ddp." });
    }
  }
  if (ddp === true && horovod === true) {
    found.push({ member: "", message: "ddp and horovod cannot both be on." });
  }
  return found;
}
