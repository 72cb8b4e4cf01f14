/** Artifacts that lie in S3: `s3://bucket/…/artifacts`. Whoever logs them needs permissions of their own there. */

import { rename } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { awsCall } from "../../aws/translate.ts";
import type { Session } from "../../session.ts";
import { parseS3Uri } from "../../transfer/s3-uri.ts";
import type { ArtifactSource, ArtifactStore } from "../core/artifact-store.ts";
import type { FileInfo } from "../core/entities.ts";
import type { CallOptions } from "../core/tracking-store.ts";

/** A prefix of a bucket. */
export class S3Artifacts implements ArtifactStore {
  readonly #session: Session;
  readonly #uri: string;

  /** @param uri - the run's artifact URI */
  constructor(session: Session, uri: string) {
    this.#session = session;
    this.#uri = uri.replace(/\/$/, "");
  }

  async put(path: string, source: ArtifactSource, { signal }: CallOptions): Promise<void> {
    const { Uploader } = await import("../../transfer/transfer-work.ts");
    const { bucket, key } = parseS3Uri(`${this.#uri}/${path}`);
    const uploader = new Uploader(await this.#session.clients.s3(), { signal });
    await uploader.upload({
      content: "bytes" in source ? source.bytes : source.file,
      label: path,
      bucket,
      key,
    });
  }

  async list(folder: string, { signal }: CallOptions): Promise<FileInfo[]> {
    const { bucket, key } = parseS3Uri(`${this.#uri}/${folder}`);
    const Prefix = key.endsWith("/") ? key : `${key}/`;
    const s3 = await this.#session.clients.s3();
    const found: FileInfo[] = [];
    let ContinuationToken: string | undefined;
    const below = (name: string): string => (folder === "" ? name : `${folder}/${name}`);
    do {
      const page = await awsCall(`list ${this.#uri}`, async () =>
        s3.listObjectsV2(
          {
            Bucket: bucket,
            Prefix,
            Delimiter: "/",
            ...(ContinuationToken && { ContinuationToken }),
          },
          { ...(signal && { abortSignal: signal }) },
        ),
      );
      for (const { Prefix: name = "" } of page.CommonPrefixes ?? []) {
        found.push({ path: below(name.slice(Prefix.length, -1)), isDir: true });
      }
      for (const { Key = "", Size = 0 } of page.Contents ?? []) {
        const name = Key.slice(Prefix.length);
        if (name !== "") found.push({ path: below(name), isDir: false, fileSize: Size });
      }
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return found;
  }

  async get(path: string, toFile: string, { signal }: CallOptions): Promise<void> {
    const { downloadTree } = await import("../../transfer/transfer-work.ts");
    const s3 = await this.#session.clients.s3();
    const [file = ""] = await downloadTree(`${this.#uri}/${path}`, dirname(toFile), { s3, signal });
    if (basename(file) !== basename(toFile)) await rename(file, toFile);
  }
}
