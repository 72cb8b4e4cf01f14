/** A job's model as a version in MLflow's model registry: found if it is there, else made; and its alias. */

import type { MlflowClient } from "../client.ts";
import { MlflowError } from "../core/mlflow-error.ts";
import type { ModelVersion } from "../core/registry-entities.ts";
import type { CallOptions } from "../core/tracking-store.ts";

/** What of MLflow's client a registration needs. An `MlflowClient` is one. */
export type RegistryCalls = Pick<
  MlflowClient,
  | "createModelVersion"
  | "createRegisteredModel"
  | "deleteModelVersion"
  | "getRegisteredModel"
  | "searchModelVersions"
  | "setModelVersionTag"
  | "setRegisteredModelAlias"
>;

/** A version to be. */
export interface VersionToBe {
  readonly name: string;
  /** Where the model lies. */
  readonly source: string;
  /** The run that made it. */
  readonly runId?: string | undefined;
  readonly description?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly alias?: string | undefined;
}

/** A version that is registered. */
export interface RegisteredVersion {
  readonly version: string;
  /** Whether it was made just now. */
  readonly isNew: boolean;
}

/**
 * Registers a model.
 *
 * @param client - where
 * @param model - the version to be
 * @throws MlflowError that tells what was done by then; the signal's reason
 */
export async function registerVersion(
  client: RegistryCalls,
  model: VersionToBe,
  options: CallOptions = {},
): Promise<RegisteredVersion> {
  const { name, tags, alias } = model;
  await requireModel(client, name, options);
  const found = await findVersion(client, model, options);
  const { version } = found ?? (await makeVersion(client, model, options));
  const told = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      options.signal?.throwIfAborted();
      throw withDone(error, `The model is version ${version} of ${name} in MLflow, but ${what}`);
    }
  };
  const there = found?.tags ?? tags;
  for (const [key, value] of Object.entries(tags).filter(([key, value]) => there[key] !== value)) {
    await told(`its tag ${key} was not set`, async () => {
      await client.setModelVersionTag(name, version, key, value, options);
    });
  }
  if (alias !== undefined) {
    await told(`its alias ${alias} was not set`, async () => {
      await client.setRegisteredModelAlias(name, alias, version, options);
    });
  }
  return { version, isNew: found === undefined };
}

/** Made where there is none, by whoever comes first. */
async function requireModel(
  client: RegistryCalls,
  name: string,
  options: CallOptions,
): Promise<void> {
  try {
    await client.getRegisteredModel(name, options);
  } catch (error) {
    if (!isOf(error, "RESOURCE_DOES_NOT_EXIST")) throw error;
    try {
      await client.createRegisteredModel(name, options);
    } catch (second) {
      if (!isOf(second, "RESOURCE_ALREADY_EXISTS")) throw second;
    }
  }
}

/** Of several that were made at once, and of one whose making was not answered and was tried again, the first stays. */
async function makeVersion(
  client: RegistryCalls,
  model: VersionToBe,
  options: CallOptions,
): Promise<ModelVersion> {
  const { name, source, runId, description, tags } = model;
  const made = await client.createModelVersion(name, source, {
    ...options,
    ...(runId !== undefined && { runId }),
    ...(description !== undefined && { description }),
    tags,
  });
  const first = (await findVersion(client, model, options)) ?? made;
  if (first.version === made.version) return made;
  try {
    await client.deleteModelVersion(name, made.version, options);
    return first;
  } catch {
    options.signal?.throwIfAborted();
    // Who may not delete has made two, and this is one of them.
    return made;
  }
}

/** The first version that has this model, of this run. */
async function findVersion(
  client: RegistryCalls,
  { name, source, runId }: VersionToBe,
  options: CallOptions,
): Promise<ModelVersion | undefined> {
  let pageToken: string | undefined;
  let found: ModelVersion | undefined;
  do {
    const page = await client.searchModelVersions(
      { filter: `name = ${quoted(name)}`, ...(pageToken !== undefined && { pageToken }) },
      options,
    );
    for (const version of page.items) {
      const isSame =
        version.source === source && (version.runId || undefined) === runId && isGood(version);
      if (isSame && (found === undefined || Number(version.version) < Number(found.version))) {
        found = version;
      }
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return found;
}

function isGood({ status }: ModelVersion): boolean {
  return status !== "FAILED_REGISTRATION";
}

/** As MLflow's filters have texts. */
function quoted(text: string): string {
  return text.includes("'") ? `"${text}"` : `'${text}'`;
}

function isOf(error: unknown, code: string): boolean {
  return MlflowError.isInstance(error) && error.errorCode === code;
}

function withDone(error: unknown, done: string): unknown {
  return MlflowError.isInstance(error)
    ? new MlflowError(error.errorCode, `${done}: ${error.message}`, { cause: error })
    : error;
}
