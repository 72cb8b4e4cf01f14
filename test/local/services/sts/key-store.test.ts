import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KeyStore } from "../../../../src/local/services/sts/key-store.ts";

const BEARER = {
  arn: "arn:aws:sts::123456789012:assumed-role/SageMaker/session",
  userId: "AROA:session",
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keys-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("keys that several processes issue in one folder", () => {
  it("are not disturbed by a key that another one is writing", async () => {
    await writeFile(join(folder, ".draft.incomplete"), "");
    const { accessKeyId } = await new KeyStore(folder).issue({ ...BEARER, durationSeconds: 60 });

    expect(await new KeyStore(folder).find(accessKeyId)).toMatchObject(BEARER);
    expect(await readdir(folder)).toContain(".draft.incomplete");
  });

  it("are swept a day after they expired, and so are drafts that nobody finished", async () => {
    const dayAgo = new Date(Date.now() - 25 * 3_600_000);
    await writeFile(join(folder, ".draft.incomplete"), "{");
    await utimes(join(folder, ".draft.incomplete"), dayAgo, dayAgo);
    const keys = new KeyStore(folder);
    const old = await keys.issue({ ...BEARER, durationSeconds: -25 * 3600 });
    const fresh = await keys.issue({ ...BEARER, durationSeconds: 60 });

    expect(old.expiresAt).toBeLessThan(dayAgo.getTime() + 60_000);
    expect(await readdir(folder)).toEqual([`${fresh.accessKeyId}.json`]);
  });
});
