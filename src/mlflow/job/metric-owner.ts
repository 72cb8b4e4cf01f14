/** Whose a metric of a run is: one that the job's own programs log is left to them. Pure. */

import type { Metric } from "../core/entities.ts";

/** Where a point stands in its metric. */
export type Place = Pick<Metric, "step" | "timestamp">;

/**
 * `theirs` is never written to. Of ours, `last` is the newest point that is known to be there or on its way, and nothing up to the step
 * `through` is to be sent.
 */
export type Owner = "theirs" | { readonly last: Place | undefined; readonly through: number };

/** Of a metric that has no points. */
export const NOBODYS: Owner = { last: undefined, through: -1 };

/** Of a metric whose points are there, or on their way, up to this one. */
export function oursUpTo(last: Place): Owner {
  return { last, through: last.step };
}

/**
 * Looks again at a metric. Others who follow the same job write the very same points, perhaps before they have come by here: those
 * are ours as well.
 *
 * @param owner - as it was known
 * @param stored - the newest point that the run has
 * @param points - what has come by here since, in order
 */
export function judge(owner: Owner, stored: Place | undefined, points: readonly Place[]): Owner {
  if (owner === "theirs" || stored === undefined) {
    return owner;
  }
  const { last } = owner;
  const lastStep = last?.step ?? -1;
  if (stored.step < lastStep) {
    return owner;
  }
  const same = stored.step === lastStep ? last : points.find(({ step }) => step === stored.step);
  if (same === undefined) {
    // Whoever wrote it: up to there nothing is missing. Whose it is will be told by our own point of that step.
    return { last, through: Math.max(owner.through, stored.step) };
  }
  return same.timestamp === stored.timestamp ? oursUpTo(same) : "theirs";
}
