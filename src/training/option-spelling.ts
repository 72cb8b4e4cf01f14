/** Names that no option has, and which one may be meant. Pure. */

import type { Finding } from "../errors.ts";
import { nearest } from "../nearest.ts";

/** Python's names that do not follow from ours: older ones that it still takes, and what is renamed here. */
const RENAMED: Readonly<Record<string, string>> = {
  sagemakersession: "session",
  imagename: "imageUri",
  traininstancecount: "instanceCount",
  traininstancetype: "instanceType",
  trainmaxrun: "maxRun",
  trainmaxwait: "maxWait",
  trainusespotinstances: "useSpotInstances",
  trainvolumesize: "volumeSize",
  trainvolumekmskey: "volumeKmsKey",
};

/** What to do with a name that nothing resembles, in a training job's options. */
const JOB_ADVICE =
  "Leave it out. What is newer than this library goes into the estimator's overrides, in the service's words.";

/**
 * What is said of a name that no option has.
 *
 * @param path - where it stands
 * @param name - the name
 * @param known - the names that there are
 * @param what - whose options they are
 * @param advice - what to do with it when no name is meant
 */
export function nameFinding(
  path: string,
  name: string,
  known: readonly string[],
  what: string,
  advice: string = JOB_ADVICE,
): Finding {
  const meant = meantBy(name, known);
  return {
    severity: "error",
    path,
    message: `${what} has no such option: it would be lost.`,
    hint: meant === undefined ? advice : `Is ${meant} meant?`,
  };
}

/** The known name that differs in case and underscores only, or in at most two letters. */
function meantBy(name: string, known: readonly string[]): string | undefined {
  const bare = plain(name);
  const renamed = RENAMED[bare];
  if (renamed !== undefined && known.includes(renamed)) {
    return renamed;
  }
  return nearest(bare, known, Math.min(2, bare.length / 3), plain);
}

function plain(name: string): string {
  return name.slice(0, 64).replace(/[_-]/g, "").toLowerCase();
}
