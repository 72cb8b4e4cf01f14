/** Metrics that SageMaker reads from a job's log: the lines and the regular expressions that find them, made from one form. */

/**
 * One of the estimator's `metricDefinitions`, in the service's words.
 *
 * @example
 * ```ts
 * const definition: MetricDefinition = { Name: "aic", Regex: "aic=([0-9.]+);" };
 * ```
 */
export interface MetricDefinition {
  /** The metric's name, 1 to 255 characters. */
  readonly Name: string;
  /** Matched against each log line, at most 500 characters; its first group is the value. */
  readonly Regex: string;
}

/** Options of {@link printMetrics}. */
export interface PrintMetricsOptions {
  /** Takes the finished line. Default: writes it to standard output. */
  readonly write?: (line: string) => void;
}

/** White space, `=` and `;` end a name or its value. */
const METRIC_NAME = /^[^\s=;]+$/;
/** The service's limit is 255 for the name; escaped, it must fit the 500 of a regular expression too. */
const MAX_NAME = 200;
/** Every finite number as JavaScript prints it: `-1.5`, `2e-7`, `1e+21`. */
const NUMBER = "([-+]?[0-9]+(?:[.][0-9]+)?(?:[eE][-+]?[0-9]+)?)";

function checkName(name: string): void {
  if (name.length > MAX_NAME || !METRIC_NAME.test(name)) {
    throw new RangeError(
      `metric name ${JSON.stringify(name)}: 1 to ${MAX_NAME} characters, without white space, "=" and ";"`,
    );
  }
}

/**
 * The metric definitions that find what {@link printMetrics} prints. Give them to the estimator's `metricDefinitions`.
 *
 * @param names - the metrics' names, at most 40 (SageMaker's limit for a job)
 * @throws RangeError for a name that cannot be printed, or that comes twice
 *
 * @example
 * ```ts
 * import { Estimator } from "sagemaker-estimator";
 * import { metricDefinitions } from "sagemaker-estimator/container";
 *
 * const estimator = new Estimator({ ...options, metricDefinitions: metricDefinitions(["deviance", "aic"]) });
 * ```
 */
export function metricDefinitions(names: readonly string[]): MetricDefinition[] {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new RangeError(`metric name ${JSON.stringify(twice)} comes twice`);
  return names.map((name) => {
    checkName(name);
    const quoted = name.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
    // A name begins where the line or a word does, so that "deviance" is not found in "nullDeviance".
    return { Name: name, Regex: `(?:^|[\\s;])${quoted}=${NUMBER};` };
  });
}

/**
 * The log line for some metrics: `deviance=51.42; aic=388.74;`. A value that is not finite is printed for the reader of the
 * log, but no metric definition finds it.
 *
 * @param values - value by metric name
 * @throws RangeError for a name that cannot be printed
 *
 * @example
 * ```ts
 * formatMetrics({ iteration: 3, deviance: 51.42 }); // "iteration=3; deviance=51.42;"
 * ```
 */
export function formatMetrics(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => {
      checkName(name);
      return `${name}=${value};`;
    })
    .join(" ");
}

/**
 * Prints metrics on a line of their own, in the form that {@link metricDefinitions} finds.
 *
 * @param values - value by metric name
 * @param options - where the line goes
 * @throws RangeError for a name that cannot be printed
 *
 * @example
 * ```ts
 * for (let epoch = 0; epoch < epochs; epoch++) {
 *   printMetrics({ epoch, loss: trainOneEpoch() });
 * }
 * ```
 */
export function printMetrics(
  values: Readonly<Record<string, number>>,
  options: PrintMetricsOptions = {},
): void {
  const write = options.write ?? ((line: string) => process.stdout.write(`${line}\n`));
  write(formatMetrics(values));
}
