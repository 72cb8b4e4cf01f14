/** What processes leave behind that were killed: processes, mounts, sockets, files that are half written. */

import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { S3 } from "@aws-sdk/client-s3";

/** Processes that have to do with a folder: by their arguments, environment, working folder or mounts. Id and arguments. */
export async function processesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    for (const file of ["cmdline", "environ", "mountinfo"]) {
      // It may end while it is looked at.
      const text = await readFile(`/proc/${pid}/${file}`, "latin1").catch(() => "");
      if (!text.includes(folder)) continue;
      const line = await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "");
      found.push(`${pid} (${file}): ${line.replaceAll("\0", " ").slice(0, 200)}`);
      break;
    }
  }
  return found;
}

/** Mounts of this machine under a folder. */
export async function mountsUnder(folder: string): Promise<string[]> {
  const text = await readFile("/proc/mounts", "utf8");
  return text.split("\n").filter((line) => line.includes(folder));
}

/** Lines of a root's journals, of jobs and of S3, that are not whole; and run records that are not. */
export async function tornLines(root: string): Promise<string[]> {
  const torn: string[] = [];
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile() || !/\.(?:ndjson|json)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    if (path.includes("/hosts/")) continue;
    const text = await readFile(path, "utf8").catch(() => "");
    for (const line of entry.name.endsWith(".json") ? [text] : text.split("\n")) {
      try {
        if (line !== "") JSON.parse(line);
      } catch {
        torn.push(`${path}: ${line.slice(0, 100)}`);
      }
    }
  }
  return torn;
}

/** Folders of hosts, and sockets, of jobs that have ended. */
export async function filesOfEndedJobs(root: string): Promise<string[]> {
  const jobs = join(root, "sagemaker", "training-jobs");
  const left: string[] = [];
  for (const name of await readdir(jobs).catch(() => [])) {
    const journal = await readFile(join(jobs, name, "journal.ndjson"), "utf8").catch(() => "");
    if (!journal.includes('"type":"end"')) continue;
    const sockets = [...journal.matchAll(/"socket":"([^"]+)"/g)].map(([, path = ""]) => path);
    for (const path of [join(jobs, name, "hosts"), ...sockets]) {
      if ((await stat(path).catch(() => undefined)) !== undefined) left.push(path);
    }
  }
  return left;
}

/** The objects of a bucket: key to the SHA-256 of its body, each held against what S3 says of it. */
export async function objectsOf(s3: S3, bucket: string): Promise<Map<string, string>> {
  const objects = new Map<string, string>();
  for (let token: string | undefined; ; ) {
    const page = await s3.listObjectsV2({ Bucket: bucket, ContinuationToken: token });
    for (const { Key = "", Size, ETag = "" } of page.Contents ?? []) {
      const { Body } = await s3.getObject({ Bucket: bucket, Key });
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
      const md5 = createHash("md5").update(bytes).digest("hex");
      const isWhole = bytes.length === Size && (ETag.includes("-") || ETag === `"${md5}"`);
      if (!isWhole) throw new Error(`${bucket}/${Key} is not whole: ${bytes.length} of ${Size}`);
      objects.set(Key, sha256(bytes));
    }
    token = page.NextContinuationToken;
    if (token === undefined) return objects;
  }
}

/** In hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
