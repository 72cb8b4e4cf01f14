/** What is wrong with `gitConfig`. Pure; never shows what is secret. */

import type { Finding } from "../../errors.ts";
import type { GitConfig } from "./code-options.ts";
import { isWebRepository, withoutCredentials } from "./repository.ts";

/** Programs that a repository's address would start: `ext::sh -c …`. */
const HELPER = /^[a-z0-9+.-]+::/i;

/**
 * What is wrong with it.
 *
 * @param config - as given
 */
export function gitFindings(config: GitConfig | undefined): Finding[] {
  const found: Finding[] = [];
  if (config === undefined) {
    return found;
  }
  const tell = (
    severity: Finding["severity"],
    field: string,
    message: string,
    hint: string,
  ): void => {
    found.push({ severity, path: `gitConfig.${field}`, message, hint });
  };
  const { repo, username, password, token } = config;
  if (typeof repo !== "string" || repo === "") {
    tell("error", "repo", "It is required.", 'Give e.g. "https://github.com/me/models.git".');
    return found;
  }
  if (repo.startsWith("-") || HELPER.test(repo)) {
    tell("error", "repo", "It is not the address of a repository.", "Give an https:// or SSH one.");
  }
  for (const field of ["branch", "commit"] as const) {
    const value = config[field];
    if (value !== undefined && (value === "" || value.startsWith("-"))) {
      tell("error", field, `'${value}' cannot be a ${field}.`, "Leave it out for the newest.");
    }
  }
  if (token !== undefined && password !== undefined) {
    tell("error", "token", "It cannot be given together with password.", "Leave one out.");
  }
  if (password !== undefined && username === undefined) {
    tell("error", "username", "It is required with password.", "Give it, or a token.");
  }
  if (username !== undefined && (password ?? token) === undefined) {
    tell("error", "username", "It says nothing without password or token.", "Give one of them.");
  }
  const secret = token !== undefined ? "token" : password !== undefined ? "password" : undefined;
  if (secret !== undefined && !isWebRepository(repo)) {
    tell(
      "error",
      secret,
      `It is for HTTPS, and ${withoutCredentials(repo)} is not reached that way.`,
      "Leave it out, or give the repository's https:// address.",
    );
  }
  const hasSecret = secret !== undefined || /^https?:\/\/[^/]*@/i.test(repo);
  if (/^http:/i.test(repo) && hasSecret) {
    tell("warning", "repo", "Its credentials go over the network in the clear.", "Use https://.");
  }
  return found;
}
