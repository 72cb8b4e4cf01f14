/**
 * One of several processes that use the same store at the same time and are killed at random.
 * Tells each outcome on its standard output, a line each, at once: what it told, it knew.
 */

import { createHash, randomBytes, randomInt } from "node:crypto";
import { writeSync } from "node:fs";
import { MultipartStore } from "../../../../src/local/services/s3/multipart-store.ts";
import { ObjectStore } from "../../../../src/local/services/s3/object-store.ts";
import { S3Error } from "../../../../src/local/services/s3/s3-error.ts";

const [folder = "", bucket = "", name = ""] = process.argv.slice(2);
const store = new ObjectStore(folder);
let sequence = 0;

const tell = (fact: Record<string, unknown>): void => {
  writeSync(1, `${JSON.stringify({ ...fact, worker: name })}\n`);
};

/** A body that says whose it is. */
function bodyOf(key: string): { id: string; bytes: Buffer } {
  sequence += 1;
  const id = `${name}-${sequence}`;
  const size = randomInt(10) === 0 ? randomInt(300_000) : randomInt(3_000);
  return { id, bytes: Buffer.concat([Buffer.from(`${key}\n${id}\n`), randomBytes(size)]) };
}

const contested = (): string => `shared/${randomInt(8)}`;

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "ok";
  } catch (error) {
    if (error instanceof S3Error) return error.code;
    throw error;
  }
}

async function readWhole(key: string): Promise<{ etag: string; bytes: Buffer } | undefined> {
  const opened = await store.open(bucket, key);
  if (opened === undefined) return undefined;
  try {
    return { etag: opened.info.etag, bytes: await opened.handle.readFile() };
  } finally {
    await opened.handle.close();
  }
}

const actions: readonly (() => Promise<void>)[] = [
  async function put() {
    const key = contested();
    await store.put(bucket, key, bodyOf(key).bytes);
  },
  async function remove() {
    await store.delete(bucket, contested());
  },
  async function get() {
    const key = contested();
    const found = await readWhole(key);
    if (found === undefined) return;
    const md5 = createHash("md5").update(found.bytes).digest("hex");
    if (md5 !== found.etag || !found.bytes.toString("latin1").startsWith(`${key}\n`)) {
      tell({ fact: "broken", key, etag: found.etag, md5 });
    }
  },
  async function putFirst() {
    // All workers come to the same keys at about the same time.
    const key = `first/${Math.floor(Date.now() / 20)}`;
    const { id, bytes } = bodyOf(key);
    tell({ fact: "first-try", key, id });
    const code = await codeOf(store.put(bucket, key, bytes, { condition: { absent: true } }));
    tell({ fact: code === "ok" ? "first-won" : "first-lost", key, id, code });
  },
  async function replaceIfMatch() {
    const key = "counter";
    const before = await readWhole(key);
    if (before === undefined) return;
    const count = Number(before.bytes.toString());
    const body = Buffer.from(String(count + 1));
    const put = store.put(bucket, key, body, { condition: { etag: before.etag } });
    tell({ fact: "count-try" });
    if ((await codeOf(put)) === "ok") tell({ fact: "count-won", count: count + 1 });
  },
  async function own() {
    const key = `own/${name}/${randomInt(4)}`;
    if (randomInt(4) === 0) {
      tell({ fact: "own-try", key, id: null });
      await store.delete(bucket, key);
      tell({ fact: "own-done", key, id: null });
      return;
    }
    const { id, bytes } = bodyOf(key);
    tell({ fact: "own-try", key, id });
    const info = await store.put(bucket, key, bytes);
    tell({ fact: "own-done", key, id });
    const read = await store.get(bucket, key);
    if (read?.etag !== info.etag) tell({ fact: "broken", key, etag: info.etag, read: read?.etag });
  },
  async function list() {
    let after = "";
    for (;;) {
      const { objects, more } = await store.list(bucket, { startAfter: after, limit: 100 });
      for (const { key } of objects) {
        if (!(key > after)) tell({ fact: "broken", key, after });
        after = key;
      }
      if (!more || objects.length === 0) return;
    }
  },
  async function multipart() {
    // One begins an upload and names it; whoever comes by completes it.
    const multipartStore = new MultipartStore(await store.in(bucket));
    const key = "multi";
    const uploads = await multipartStore.uploads();
    const [known] = uploads.filter((upload) => upload.k === key);
    if (known === undefined) {
      const id = await multipartStore.begin(key);
      // Another may give it up in between.
      await codeOf(
        multipartStore
          .upload(id, key)
          .then((upload) => multipartStore.putPart(upload, 1, bodyOf(key).bytes)),
      );
      return;
    }
    const parts = await multipartStore.parts(known.begin).catch((error: unknown) => {
      if (error instanceof S3Error && error.code === "NoSuchUpload") return [];
      throw error;
    });
    if (parts.length === 0) {
      // Its starter was killed before the part.
      if (Date.now() - known.t > 300) await codeOf(multipartStore.abort(known));
      return;
    }
    const code = await codeOf(multipartStore.complete(known, parts));
    if (code === "ok") tell({ fact: "completed", upload: known.begin });
    const whole = await readWhole(key);
    if (whole === undefined) return;
    const md5 = createHash("md5").update(createHash("md5").update(whole.bytes).digest());
    if (`${md5.digest("hex")}-1` !== whole.etag) tell({ fact: "broken", key, etag: whole.etag });
  },
];

let slowest = 0;
for (let round = 0; ; round += 1) {
  const action = actions[randomInt(actions.length)];
  const start = performance.now();
  await action?.();
  const ms = performance.now() - start;
  if (ms > slowest) {
    slowest = ms;
    tell({ fact: "slowest", ms: Math.round(ms), action: action?.name });
  }
  if (round % 20 === 0) tell({ fact: "alive", round });
  if (randomInt(400) === 0) await (await store.in(bucket)).compact();
}
