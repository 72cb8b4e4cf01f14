/** Git repositories for tests: made in a folder, and served over HTTP with Git's own server program behind a password. */

import { execFileSync, spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const IDENTITY = {
  ...{ GIT_AUTHOR_NAME: "Test", GIT_AUTHOR_EMAIL: "test@example.org" },
  ...{ GIT_COMMITTER_NAME: "Test", GIT_COMMITTER_EMAIL: "test@example.org" },
};

/** Runs Git in a folder; answers what it printed. */
export function git(folder: string, ...args: readonly string[]): string {
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder, ...IDENTITY };
  return execFileSync("git", ["-c", "init.defaultBranch=main", ...args], {
    ...{ cwd: folder, encoding: "utf8", env, stdio: ["ignore", "pipe", "ignore"] },
  }).trim();
}

/** A server of repositories. */
export interface GitServer {
  readonly url: string;
  /** The `Authorization` of each request, `undefined` where there was none. */
  readonly seen: (string | undefined)[];
  close(): Promise<void>;
}

/**
 * Serves the repositories below a folder.
 *
 * @param root - the folder
 * @param credentials - `user:password`; anyone is served without
 * @param hangs - never answers
 */
export async function serveGit(
  root: string,
  { credentials, hangs = false }: { readonly credentials?: string; readonly hangs?: boolean } = {},
): Promise<GitServer> {
  const seen: (string | undefined)[] = [];
  const backend = join(
    execFileSync("git", ["--exec-path"], { encoding: "utf8" }).trim(),
    "git-http-backend",
  );
  const server = createServer((request, response) => {
    const { authorization } = request.headers;
    seen.push(authorization);
    if (hangs) return;
    const expected = credentials && `Basic ${Buffer.from(credentials).toString("base64")}`;
    if (expected !== undefined && authorization !== expected) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
      return;
    }
    answer(backend, root, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** CGI, as far as Git's program needs it. */
function answer(
  backend: string,
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { pathname, search } = new URL(request.url ?? "/", "http://localhost");
  const child = spawn(backend, [], {
    env: {
      ...{ GIT_PROJECT_ROOT: root, GIT_HTTP_EXPORT_ALL: "1", PATH_INFO: pathname },
      ...{ QUERY_STRING: search.slice(1), REQUEST_METHOD: request.method ?? "GET" },
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      HTTP_GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      ...{ GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "safe.directory", GIT_CONFIG_VALUE_0: "*" },
      PATH: process.env["PATH"] ?? "",
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(child.stdin);
  // A client that has gone ends the program.
  child.stdin.on("error", () => {});
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => void chunks.push(chunk));
  child.on("close", () => {
    const whole = Buffer.concat(chunks);
    const end = whole.indexOf("\r\n\r\n");
    const lines = whole.subarray(0, end).toString().split("\r\n");
    let status = 200;
    for (const line of lines) {
      const [name = "", value = ""] = line.split(": ", 2);
      if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.writeHead(status).end(whole.subarray(end + 4));
  });
}
