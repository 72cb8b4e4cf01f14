/** Names of metrics, parameters and tags: MLflow's rule for them (`mlflow/utils/validation.py`). */

import { posix } from "node:path";
import { LIMITS } from "./limits.ts";

/** Letters and digits of any script count, as in Python's `\w`. */
const CHARACTERS = /^[/\p{L}\p{M}\p{N}\p{Pc}.\- :]*$/u;

/**
 * What is wrong with a key, in words; `undefined` when nothing is. Servers on Windows and before 2.16 refuse `:` as well.
 *
 * @param key - of a metric, a parameter or a tag
 */
export function keyProblem(key: string): string | undefined {
  if (typeof key !== "string" || key === "") {
    return "is no name: it must be a text of at least one character.";
  }
  if ([...key].length > LIMITS.keyLength) {
    return `has ${[...key].length} characters; MLflow takes at most ${LIMITS.keyLength}.`;
  }
  if (!CHARACTERS.test(key)) {
    return "may have letters, digits, _, -, ., /, : and spaces only.";
  }
  // The name is a file's path in folder stores: "..", "//", a leading "/" and "." would be another one.
  const isPlain = posix.normalize(key) === key && !/^\/|\/$|^\.\.?(?:\/|$)/.test(key);
  if (!isPlain) {
    return "is no plain path: it may not begin with /, or have parts that are empty, . or ...";
  }
  return undefined;
}

/** A key for what has none that MLflow takes: other characters become `_`, and the length is kept. */
export function asKey(text: string): string {
  const plain = [...text].map((each) => (CHARACTERS.test(each) ? each : "_")).join("");
  const path = plain
    .split("/")
    .filter((part) => !["", ".", ".."].includes(part))
    .join("/");
  return [...(path === "" ? "_" : path)].slice(0, LIMITS.keyLength).join("").replace(/\/$/, "");
}
