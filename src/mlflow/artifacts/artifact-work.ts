/** Files and folders to a run's artifacts, and back. */

import { randomBytes } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { TransferError } from "../../errors.ts";
import { walkTree } from "../../transfer/file-tree.ts";
import { forEachBounded } from "../../transfer/pool.ts";
import { artifactPath, joinArtifact } from "../core/artifact-path.ts";
import type { ArtifactStore } from "../core/artifact-store.ts";
import type { FileInfo } from "../core/entities.ts";
import { isRefusal, MlflowError, notFound } from "../core/mlflow-error.ts";
import type { CallOptions } from "../core/tracking-store.ts";

/** Servers answer one request a worker at a time: more at once would only wait there. */
const AT_ONCE = 4;
/** So many files that were refused are told by their names. */
const MOST_TOLD = 5;

/**
 * Keeps a file, or everything below a folder. A file that is refused keeps no other back.
 *
 * @param isFolder - which of both is meant
 * @throws TransferError with everything that cannot be read, before anything is kept; MlflowError with the files that were refused
 */
export async function putTree(
  store: ArtifactStore,
  localPath: string,
  folder: string,
  isFolder: boolean,
  options: CallOptions,
): Promise<void> {
  const tree = await walkTree(localPath, options);
  const wrong = isFolder ? "is no folder: use logArtifact" : "is a folder: use logArtifacts";
  const problems =
    tree.problems.length === 0 && tree.isFolder !== isFolder
      ? [{ path: localPath, reason: wrong }]
      : tree.problems;
  if (problems.length > 0) {
    const words = problems.map(({ path, reason }) => `${path} ${reason}`).join("; ");
    throw new TransferError(
      `Nothing was logged: ${words}.`,
      problems.map(({ path, ...problem }) => ({
        source: path,
        cause: "cause" in problem ? problem.cause : new Error(problem.reason),
      })),
    );
  }
  const refused: Refused[] = [];
  const failures = await forEachBounded(
    tree.files,
    { limit: AT_ONCE, signal: options.signal },
    async ({ name, path, bytes }) => {
      try {
        await store.put(joinArtifact(folder, name), { file: path, size: bytes }, options);
      } catch (error) {
        if (!isAboutFile(error)) throw error;
        refused.push({ name, error });
      }
    },
  );
  throwFirst(failures);
  if (refused.length > 0) throw refusalOf(refused, tree.files.length);
}

/** A file that was refused, by its name below what was to be kept. */
interface Refused {
  readonly name: string;
  readonly error: MlflowError;
}

/** Where there is no such run or route, it is none of the file's doing, and no other file would be taken. */
function isAboutFile(error: unknown): error is MlflowError {
  return isRefusal(error) && ![404, 405].includes((error as MlflowError).status ?? 0);
}

/** One error in the place of many, with the first one's code. */
function refusalOf(refused: readonly Refused[], of: number): MlflowError {
  const told = refused.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const { error } = told[0] as Refused;
  const { errorCode, status } = error;
  const words = told
    .slice(0, MOST_TOLD)
    .map(({ name, error: { message } }) => `${name}: ${message}`);
  const more = told.length > MOST_TOLD ? `; and ${told.length - MOST_TOLD} more` : "";
  const others = of > told.length ? " The others were logged." : "";
  const count = of === 1 ? "" : `Of ${of} files ${told.length} could not be logged.${others} `;
  return new MlflowError(errorCode, `${count}Refused: ${words.join("; ")}${more}`, {
    cause: error,
    ...(status !== undefined && { status }),
  });
}

/**
 * Brings a file, or a folder with all that lies in it.
 *
 * @returns where it is now
 */
export async function getTree(
  store: ArtifactStore,
  path: string,
  localFolder: string,
  options: CallOptions,
): Promise<string> {
  const root = artifactPath(path);
  const target = join(localFolder, root);
  const files = await filesBelow(store, root, options);
  await mkdir(localFolder, { recursive: true });
  if (files === undefined) {
    await getFile(store, root, target, options);
    return target;
  }
  await mkdir(target, { recursive: true });
  const failures = await forEachBounded(files, { limit: AT_ONCE, signal: options.signal }, (file) =>
    getFile(store, file, join(localFolder, file), options),
  );
  throwFirst(failures);
  return target;
}

/** Every file below a folder; `undefined` when it is none. */
async function filesBelow(
  store: ArtifactStore,
  folder: string,
  options: CallOptions,
): Promise<string[] | undefined> {
  const isFile = (each: FileInfo): boolean => each.path === folder && !each.isDir;
  const listed = await store.list(folder, options);
  // Some servers list a file as the one thing in itself.
  const above = folder === "" ? [] : await store.list(posixDirname(folder), options);
  if (folder !== "" && above.some(isFile)) return undefined;
  if (folder !== "" && listed.length === 0 && !above.some(({ path }) => path === folder)) {
    throw notFound(`No such artifact: ${folder}`);
  }
  const files: string[] = [];
  const folders = [listed];
  for (let some = folders.pop(); some !== undefined; some = folders.pop()) {
    for (const { path, isDir } of some) {
      // A server's word is not taken for where something is written.
      const plain = artifactPath(path);
      if (isDir) folders.push(await store.list(plain, options));
      else files.push(plain);
    }
  }
  return files;
}

function posixDirname(path: string): string {
  const parent = dirname(path);
  return parent === "." ? "" : parent;
}

async function getFile(
  store: ArtifactStore,
  path: string,
  target: string,
  options: CallOptions,
): Promise<void> {
  const folder = dirname(target);
  await mkdir(folder, { recursive: true });
  const mark = randomBytes(4).toString("hex");
  const unfinished = join(folder, `.${basename(target)}.${mark}.incomplete`);
  try {
    await store.get(path, unfinished, options);
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

function throwFirst(failures: readonly { readonly error: unknown }[]): void {
  const [first] = failures;
  if (first !== undefined) throw first.error;
}
