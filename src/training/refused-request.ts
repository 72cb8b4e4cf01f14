/** The service's validation errors, which tell several breaches in one message, as findings in option names. Pure. */

import type { Finding } from "../errors.ts";
import { optionPath } from "./findings.ts";
import type { TrainingJobRequest } from "./request.ts";
import { sentence } from "./sentence.ts";

/** `Value 'x' at 'trainingJobName' failed to satisfy constraint: Member must …`, separated by semicolons. */
const REFUSED =
  /(?:Value (?:'([\s\S]*?)'|null) )?at '([\w.-]+)' failed to satisfy constraint: ([\s\S]*?)(?=; (?:Value )|$)/g;
/** Maps of the caller's own names, whose values may be secret. */
const MAPS = new Set(["HyperParameters", "Environment"]);
const SHOWN_LENGTH = 100;

/**
 * What the service says is wrong with a request.
 *
 * @param message - the error's message
 * @param request - the request, for the names of its channels
 * @returns empty for any other message
 */
export function refusedMembers(message: string, request: TrainingJobRequest): Finding[] {
  if (!/validation errors? detected/.test(message)) {
    return [];
  }
  const channels = (request.InputDataConfig ?? []).map(
    ({ ChannelName = "" }) => `inputs.${ChannelName}`,
  );
  return [...message.matchAll(REFUSED)].map(([, value, member = "", constraint = ""]): Finding => {
    const steps = stepsOf(member);
    const isShown = value !== undefined && !MAPS.has(String(steps[0]));
    const subject = isShown ? `'${shorten(value)}' is refused: ` : "It is refused: ";
    return {
      severity: "error",
      path: optionPath(steps, { channels, isLocal: false }),
      message: `${subject}${sentence(constraint.trim())}`,
      ...(MAPS.has(String(steps[0])) && /length|2500|512/.test(constraint)
        ? { hint: "Give long values as a channel: new JsonInput(value)." }
        : {}),
    };
  });
}

/** `inputDataConfig.1.member.channelName` counts from one, and begins in lower case. */
function stepsOf(member: string): (string | number)[] {
  const steps: (string | number)[] = [];
  for (const part of member.split(".")) {
    const isKey = steps.length > 0 && MAPS.has(String(steps[0]));
    if (part === "member") {
      continue;
    }
    if (/^\d+$/.test(part) && !isKey) {
      steps.push(Number(part) - 1);
    } else {
      steps.push(isKey ? part : part.charAt(0).toUpperCase() + part.slice(1));
    }
  }
  return steps;
}

function shorten(text: string): string {
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
