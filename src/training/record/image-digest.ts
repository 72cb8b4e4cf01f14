/** An image's digest, asked for by itself. Reads ECR; changes nothing. */

import type { Finding } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { runChecks } from "../preflight/check.ts";
import { type ImageFacts, imageChecks, whyNotAsked } from "../preflight/image.ts";

/**
 * What ECR says of an image.
 *
 * @param uri - the image
 * @param context - whose ECR; `ask`: whether it may be asked at all
 * @returns the digest or why there is none, and what is wrong with the image
 */
export async function askForImage(
  uri: string,
  {
    session,
    signal,
    ask = true,
  }: {
    readonly session: Session;
    readonly signal: AbortSignal | undefined;
    readonly ask?: boolean;
  },
): Promise<{ readonly facts: ImageFacts; readonly findings: readonly Finding[] }> {
  const facts: ImageFacts = {};
  const subject = { uri, instanceTypes: [], region: await session.region() };
  const unknown = whyNotAsked(subject, ask);
  if (unknown !== undefined) {
    return { facts: { imageUnknown: unknown }, findings: [] };
  }
  // The first tells what the image is; the second, on what it runs.
  const findings = await runChecks(imageChecks(subject, session, facts).slice(0, 1), signal);
  return { facts, findings };
}
