/** Artifacts that lie behind a tracking server: `mlflow-artifacts:/1/<run>/artifacts`. */

import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { contentType } from "../core/artifact-path.ts";
import type { ArtifactSource, ArtifactStore } from "../core/artifact-store.ts";
import type { FileInfo } from "../core/entities.ts";
import { MlflowError } from "../core/mlflow-error.ts";
import type { CallOptions } from "../core/tracking-store.ts";
import { toCamelCase } from "../core/wire-json.ts";
import { readText } from "./http.ts";
import type { RestCaller } from "./rest-caller.ts";

const ROUTE = "/api/2.0/mlflow-artifacts/artifacts";

/** A request's body: no more than was there when it was looked at, as the length says. */
export function bodyOf(source: ArtifactSource): Buffer | Readable {
  if ("bytes" in source) return source.bytes;
  return source.size === 0
    ? Buffer.alloc(0)
    : createReadStream(source.file, { end: source.size - 1 });
}

async function digestOf(source: ArtifactSource): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of bodyOf(source)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** The proxy routes of an MLflow server. */
export class ProxiedArtifacts implements ArtifactStore {
  readonly #caller: RestCaller;
  readonly #root: string;

  /**
   * @param caller - the tracking server
   * @param uri - the run's artifact URI
   * @throws MlflowError when they lie behind another server
   */
  constructor(caller: RestCaller, uri: string) {
    this.#caller = caller;
    this.#root = proxiedRoot(uri, caller);
  }

  async put(path: string, source: ArtifactSource, { signal }: CallOptions): Promise<void> {
    const size = "bytes" in source ? source.bytes.length : source.size;
    const response = await this.#caller.request(() => ({
      method: "PUT",
      url: this.#url(path),
      headers: { "content-type": contentType(path), "content-length": String(size) },
      // A stream goes once: each attempt has its own.
      body: bodyOf(source),
      ...("file" in source && { digest: () => digestOf(source) }),
      signal,
    }));
    response.body.resume();
  }

  async list(folder: string, { signal }: CallOptions): Promise<FileInfo[]> {
    const url = this.#caller.url(ROUTE);
    url.search = `?path=${encodeURIComponent([this.#root, folder].filter((part) => part !== "").join("/"))}`;
    const response = await this.#caller.request({
      method: "GET",
      url,
      headers: { accept: "application/json" },
      signal,
    });
    const { files = [] } = JSON.parse(await readText(response)) as { files?: unknown[] };
    return files.map((file) => {
      const { path, isDir = false, fileSize } = toCamelCase(file) as unknown as FileInfo;
      // Names come without their folder, or, from some servers, with it.
      const name = path.slice(path.lastIndexOf("/") + 1);
      return {
        path: folder === "" ? name : `${folder}/${name}`,
        isDir,
        ...(!isDir && fileSize !== undefined && { fileSize: Number(fileSize) }),
      };
    });
  }

  async get(path: string, toFile: string, { signal }: CallOptions): Promise<void> {
    const response = await this.#caller.request({
      method: "GET",
      url: this.#url(path),
      headers: {},
      signal,
    });
    const length = response.headers["content-length"];
    let bytes = 0;
    await pipeline(
      response.body,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          yield chunk;
        }
      },
      createWriteStream(toFile, { flags: "wx" }),
      { ...(signal && { signal }) },
    );
    if (typeof length === "string" && Number(length) !== bytes) {
      throw new MlflowError(
        "UNAVAILABLE",
        `The artifact ${path} broke off after ${bytes} of ${length} bytes.`,
      );
    }
  }

  #url(path: string): URL {
    const parts = `${this.#root}/${path}`.split("/").map(encodeURIComponent);
    return this.#caller.url(`${ROUTE}/${parts.join("/")}`);
  }
}

/** `mlflow-artifacts:/1/run/artifacts`, or the same with a server's name: it must be this one. */
function proxiedRoot(uri: string, caller: RestCaller): string {
  const [, host, path = ""] = /^mlflow-artifacts:(?:\/\/([^/]*))?(.*)$/.exec(uri) ?? [];
  if (host !== undefined && host !== "" && host !== new URL(caller.address).host) {
    throw new MlflowError(
      "INVALID_PARAMETER_VALUE",
      `The run's artifacts lie behind another server, ${host}: log to that one.`,
    );
  }
  return decodeURIComponent(path).replace(/^\/+|\/+$/g, "");
}
