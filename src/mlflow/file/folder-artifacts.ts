/** Artifacts that lie in a folder of this machine: `file:///…/artifacts`. */

import { randomBytes } from "node:crypto";
import { constants, createReadStream, createWriteStream } from "node:fs";
import { copyFile, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ArtifactSource, ArtifactStore } from "../core/artifact-store.ts";
import type { FileInfo } from "../core/entities.ts";
import { notFound } from "../core/mlflow-error.ts";
import type { CallOptions } from "../core/tracking-store.ts";
import { asTold } from "./as-told.ts";
import { ignoreMissing } from "./run-folder.ts";

/** A run's folder of artifacts. */
export class FolderArtifacts implements ArtifactStore {
  readonly #root: string;

  /** @param root - the folder; made by the first file */
  constructor(root: string) {
    this.#root = root;
  }

  async put(path: string, source: ArtifactSource, { signal }: CallOptions): Promise<void> {
    signal?.throwIfAborted();
    await this.#whole(path, async (unfinished) => {
      if ("bytes" in source) await writeFile(unfinished, source.bytes);
      else await copyFile(source.file, unfinished, constants.COPYFILE_FICLONE);
    });
  }

  /** Keeps what comes, when it has come to its end. */
  async putStream(path: string, stream: Readable): Promise<void> {
    await this.#whole(path, (unfinished) => pipeline(stream, createWriteStream(unfinished)));
  }

  /** What a file holds. @throws MlflowError `RESOURCE_DOES_NOT_EXIST` */
  async open(path: string): Promise<{ readonly size: number; readonly stream: Readable }> {
    const place = join(this.#root, path);
    const found = await stat(place).catch(() => undefined);
    if (!found?.isFile()) throw notFound(`No such artifact: ${path}`);
    return { size: found.size, stream: createReadStream(place) };
  }

  /** Takes a file, or a folder with all that lies in it, away. */
  async remove(path: string): Promise<void> {
    await rm(join(this.#root, path), { recursive: true, force: true }).catch(ignoreMissing);
  }

  async #whole(path: string, write: (unfinished: string) => Promise<void>): Promise<void> {
    const target = join(this.#root, path);
    const unfinished = `${target}.${randomBytes(6).toString("hex")}.incomplete`;
    const work = async (): Promise<void> => {
      await mkdir(dirname(target), { recursive: true });
      try {
        await write(unfinished);
        await rename(unfinished, target);
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
    };
    await asTold(work, `Invalid artifact path: ${JSON.stringify(path)}`);
  }

  async list(folder: string): Promise<FileInfo[]> {
    const place = join(this.#root, folder);
    const entries = await readdir(place, { withFileTypes: true }).catch(noFolder);
    const files = entries.filter((each) => each.isDirectory() || each.isFile());
    return await Promise.all(
      files.map(async (entry) => ({
        path: folder === "" ? entry.name : `${folder}/${entry.name}`,
        isDir: entry.isDirectory(),
        ...(entry.isFile() && { fileSize: (await stat(join(place, entry.name))).size }),
      })),
    );
  }

  async get(path: string, toFile: string, { signal }: CallOptions): Promise<void> {
    signal?.throwIfAborted();
    try {
      await copyFile(join(this.#root, path), toFile, constants.COPYFILE_EXCL);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      throw notFound(`No such artifact: ${path}`, error);
    }
  }
}

function noFolder(error: unknown): [] {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
  return [];
}
