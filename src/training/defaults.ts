/** The session's defaults for one job: read, and fitted to where it runs. */

import type { Finding } from "../errors.ts";
import type { Session } from "../session.ts";
import { type AppliedDefaults, applyDefaults, type Origin, wordsOf } from "./apply-defaults.ts";
import type { EstimatorOptions } from "./options.ts";

/** Options with defaults, and what is to be said about them. */
export interface PreparedDefaults extends AppliedDefaults {
  readonly findings: readonly Finding[];
}

/**
 * Puts the defaults under the options.
 *
 * @param options - the estimator's
 * @param session - whose defaults
 * @param signal - ends the reading
 * @throws ValidationError when the files cannot be used
 */
export async function prepareDefaults(
  options: EstimatorOptions,
  session: Session,
  signal: AbortSignal | undefined,
): Promise<PreparedDefaults> {
  const loaded = await session.loadedConfig({ ...(signal && { signal }) });
  const applied = applyDefaults(options, loaded);
  const missing = loaded.missing.map(
    (location): Finding => ({
      severity: "note",
      path: "sagemakerConfig",
      message: `${location} is not in the local S3: its defaults do not count here.`,
      hint: "new LocalCloud({ upstream: new Session() }) reads from AWS what the local S3 does not have.",
    }),
  );
  const findings = [...missing, ...applied.leftOut.map(volumeKeyLeftOut)];
  const isolation = await impossibleIsolation(applied, session, loaded.isFromFiles);
  return isolation === undefined
    ? { ...applied, findings }
    : {
        ...applied,
        options: { ...applied.options, enableNetworkIsolation: false },
        origins: applied.origins.filter((origin) => origin !== isolation),
        findings: [...findings, leftOut(isolation, hostsOf(applied.options))],
      };
}

/** A company's file must not keep a job from running on a machine whose engines cannot take the network away. */
async function impossibleIsolation(
  { options, origins }: AppliedDefaults,
  { local }: Session,
  isFromFiles: boolean,
): Promise<Origin | undefined> {
  const origin = origins.find(({ option }) => option === "enableNetworkIsolation");
  if (!isFromFiles || !options.enableNetworkIsolation || local?.isolatesNetwork === undefined) {
    return undefined;
  }
  if (origin === undefined) return undefined;
  return hostsOf(options) > 1 || !(await local.isolatesNetwork()) ? origin : undefined;
}

function hostsOf(options: EstimatorOptions): number {
  const { instanceCount = 1, instanceGroups, instancePreferences } = options;
  const inGroups = instanceGroups?.reduce((sum, group) => sum + (group.instanceCount ?? 1), 0);
  return inGroups ?? instancePreferences?.[0]?.instanceCount ?? instanceCount;
}

function leftOut(origin: Origin, hosts: number): Finding {
  const [why, hint] =
    hosts > 1
      ? ["the hosts of a local job could not reach each other", "Set"]
      : [
          "nothing on this machine can cut a local job off from the network",
          "Install bubblewrap, or set",
        ];
  return {
    severity: "warning",
    path: "enableNetworkIsolation",
    message: `Network isolation is left out: ${why}. ${wordsOf(origin)}`,
    hint: `${hint} enableNetworkIsolation to say which it shall be.`,
  };
}

/** The service refuses a key for volumes where instances bring disks of their own, which are encrypted anyway. */
function volumeKeyLeftOut(origin: Origin): Finding {
  return {
    severity: "note",
    path: "volumeKmsKey",
    message: `The default key for volumes is left out: instances with NVMe disks of their own take none. ${wordsOf(origin)}`,
  };
}
