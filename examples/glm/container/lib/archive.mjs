// @ts-check
/** One file out of a `model.tar.gz`, as SageMaker passes a model to a processing job. */

import { readFile } from "node:fs/promises";
import { posix } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { SageMakerError } from "sagemaker-estimator/container";

/** A model of this example is a few kilobytes; an archive that unpacks to more than this is something else. */
const MAX_BYTES = 256 * 1024 * 1024;
const BLOCK = 512;

/**
 * The text of a file in a tar.gz archive.
 *
 * @param {string} archive - the archive's path
 * @param {string} member - the file's path inside, without `./`
 * @returns {Promise<string>}
 * @throws {SageMakerError} if the archive cannot be read or has no such file
 */
export async function readArchiveMember(archive, member) {
  /** @type {Buffer} */
  let tar;
  try {
    tar = await promisify(gunzip)(await readFile(archive), { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SageMakerError(`${archive} cannot be unpacked: ${reason}`, { cause });
  }
  // POSIX ustar: a header block with name at 0, size (octal) at 124, type at 156, then the file in whole blocks.
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const text = (/** @type {number} */ from, /** @type {number} */ length) =>
      tar.toString("utf8", at + from, at + from + length).replace(/\0.*$/s, "");
    const size = Number.parseInt(text(124, 12).trim(), 8) || 0;
    const isFile = ["", "0"].includes(text(156, 1));
    if (isFile && posix.normalize(text(0, 100)) === member) {
      return tar.toString("utf8", at + BLOCK, at + BLOCK + size);
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw new SageMakerError(`${archive} holds no ${member}.`);
}
