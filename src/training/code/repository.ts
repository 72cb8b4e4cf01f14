/** Where a Git repository is, and what is said to get in: kept apart from the first moment. Pure. */

import type { GitConfig } from "./code-options.ts";

/** A repository, in public and in secret. */
export interface Repository {
  /** What Git is told, and what messages say: without a user or a password. */
  readonly url: string;
  /** Variables of Git's that carry user and password; none when there are none. */
  readonly env: Readonly<Record<string, string>>;
}

/** GitHub and GitLab take any name beside a token. */
const TOKEN_USER = "x-access-token";

/**
 * A repository as Git is told of it. The header with the credentials goes to the repository's own host only, and reaches Git
 * in its environment: arguments are seen by everybody, and credential helpers would keep what they are asked for.
 *
 * @param config - as given
 */
export function repository(config: GitConfig): Repository {
  const url = webUrl(config.repo);
  if (url === undefined) {
    return { url: config.repo, env: {} };
  }
  const password = config.token ?? config.password ?? decode(url.password);
  const username = config.username ?? decode(url.username);
  const isTokenAlone = password === "" && username !== "" && config.username === undefined;
  // `https://<token>@host/` is how the Python SDK and many others write it.
  const user = isTokenAlone ? TOKEN_USER : username || TOKEN_USER;
  const secret = isTokenAlone ? username : password;
  url.username = "";
  url.password = "";
  const header = `Authorization: Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;
  return {
    url: url.href,
    env:
      secret === ""
        ? {}
        : {
            GIT_CONFIG_COUNT: "1",
            GIT_CONFIG_KEY_0: `http.${url.origin}/.extraHeader`,
            GIT_CONFIG_VALUE_0: header,
          },
  };
}

/** Whether it is reached over HTTP or HTTPS, where a user and a password mean something. */
export function isWebRepository(repo: string): boolean {
  return webUrl(repo) !== undefined;
}

/**
 * An address without a user and a password, for messages and records.
 *
 * @param address - of any form that Git takes
 */
export function withoutCredentials(address: string): string {
  const url = webUrl(address);
  if (url === undefined) {
    // The user of SSH is no secret; a password is none of its address.
    return address.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/@:]*):[^/@]*@/i, "$1@");
  }
  url.username = "";
  url.password = "";
  url.search = "";
  return url.href;
}

function webUrl(repo: string): URL | undefined {
  return /^https?:\/\//i.test(repo) && URL.canParse(repo) ? new URL(repo) : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
