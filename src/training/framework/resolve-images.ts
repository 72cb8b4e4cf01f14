/** Images that depend on the region, which is known when a plan is made: the framework's, and those that evaluate rules. */

import type { Finding } from "../../errors.ts";
import { findImage } from "../../image/image-uris.ts";
import type { RuleConfig } from "../debug-options.ts";
import { accelerator } from "../instance-traits.ts";
import type { EstimatorOptions } from "../options.ts";
import type { FrameworkChoice } from "./framework-choice.ts";

/** Where the session is. */
interface Place {
  region(): Promise<string>;
}

/**
 * The options with every image named, and what is wrong with those that are not in the table. The session is asked for its region
 * only where an image needs it.
 *
 * @param options - the estimator's
 * @param place - the session
 */
export async function resolveImages(
  options: EstimatorOptions,
  place: Place,
): Promise<{ options: EstimatorOptions; findings: readonly Finding[] }> {
  const { framework, imageUri, rules = [] } = options;
  const findings: Finding[] = [];
  const resolved: { imageUri?: string; rules?: readonly RuleConfig[] } = {};
  if (framework !== undefined && imageUri === undefined) {
    const region = framework.imageUriRegion ?? (await place.region());
    const { uri, problem } = frameworkImage(framework, options, region);
    if (problem === undefined) {
      resolved.imageUri = uri;
    } else {
      findings.push(problem);
    }
  }
  if (rules.length > 0) {
    const evaluated = await resolveRules(rules, place);
    resolved.rules = evaluated.rules;
    findings.push(...evaluated.findings);
  }
  return { options: { ...options, ...resolved }, findings };
}

/**
 * The rules with the images that evaluate them: that of the built-in rules in the session's region where none is named.
 *
 * @param rules - as given
 * @param place - the session
 */
export async function resolveRules(
  rules: readonly RuleConfig[],
  place: Place,
): Promise<{ rules: readonly RuleConfig[]; findings: readonly Finding[] }> {
  if (rules.every((rule) => rule.imageUri !== undefined)) {
    return { rules, findings: [] };
  }
  const { uri, problem } = findImage({ framework: "debugger", region: await place.region() });
  return {
    rules: rules.map((rule) =>
      rule.imageUri === undefined && uri !== undefined ? { ...rule, imageUri: uri } : rule,
    ),
    findings:
      problem === undefined
        ? []
        : rules.flatMap(({ imageUri }, index) =>
            imageUri === undefined ? [{ ...problem, path: `rules.${index}.imageUri` }] : [],
          ),
  };
}

function frameworkImage(
  framework: FrameworkChoice,
  options: EstimatorOptions,
  region: string,
): ReturnType<typeof findImage> {
  const { name, version, pyVersion, pytorchVersion, tensorflowVersion } = framework;
  const instanceType = imageInstanceType(options);
  const base =
    tensorflowVersion === undefined
      ? pytorchVersion && `pytorch${pytorchVersion}`
      : `tensorflow${tensorflowVersion}`;
  const found = findImage({
    framework: name,
    region,
    ...(version !== undefined && { version }),
    ...(pyVersion !== undefined && { pyVersion }),
    ...(instanceType !== undefined && { instanceType }),
    ...(base !== undefined && { baseFrameworkVersion: base }),
  });
  if (found.problem === undefined) {
    return found;
  }
  const paths: Readonly<Record<string, string>> = {
    version: name === "huggingface" ? "transformersVersion" : "frameworkVersion",
    baseFrameworkVersion: tensorflowVersion === undefined ? "pytorchVersion" : "tensorflowVersion",
    region: "imageUri",
  };
  const { path } = found.problem;
  return { problem: { ...found.problem, path: paths[path] ?? path } };
}

/** The type that decides between CPU and GPU: among several, one with GPUs, as in Python. */
function imageInstanceType(options: EstimatorOptions): string | undefined {
  const types = [...(options.instanceGroups ?? []), ...(options.instancePreferences ?? [])].map(
    ({ instanceType }) => instanceType,
  );
  return options.instanceType ?? types.find((type) => accelerator(type) === "gpu") ?? types[0];
}
