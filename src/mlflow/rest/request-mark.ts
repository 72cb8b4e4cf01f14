/**
 * A mark on what a call makes, by which it is found when the answer was lost: nothing is made twice. It is a tag, as MLflow has no other
 * place for it, and stays: its name begins with `mlflow.`, which MLflow's pages do not show.
 */

import { randomUUID } from "node:crypto";
import type { Tag } from "../core/entities.ts";

const KEY = "mlflow.clientRequestToken";

/** A new mark. */
export function requestMark(): Tag {
  return { key: KEY, value: randomUUID() };
}

/** The filter that finds what has the mark. */
export function isMarked({ key, value }: Tag): string {
  return `tags.\`${key}\` = '${value}'`;
}
