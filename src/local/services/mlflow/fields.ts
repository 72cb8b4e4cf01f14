/** Fields of a request, as protobuf's JSON has them: numbers may be texts, and what is missing is empty. */

import type { DatasetInput, LogBatch, Tag } from "../../../mlflow/core/entities.ts";
import { LIMITS } from "../../../mlflow/core/limits.ts";
import { invalid } from "../../../mlflow/core/mlflow-error.ts";
import type { SearchOptions } from "../../../mlflow/core/tracking-store.ts";
import { metricFromWire, numberFromWire, toCamelCase } from "../../../mlflow/core/wire-json.ts";
import { isRecord } from "../../../training/is-record.ts";

/** A request's fields, in our spelling. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of a body. @throws MlflowError when it is no JSON object */
export function parseFields(text: string): Fields {
  let value: unknown;
  try {
    value = text === "" ? {} : JSON.parse(text);
  } catch (error) {
    throw invalid("The request's body is no JSON.", error);
  }
  if (!isRecord(value)) throw invalid("The request's body is no JSON object.");
  return toCamelCase(value) as Fields;
}

/** A text that must be there. */
export function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string" || value === "") {
    const spelt = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    throw invalid(
      `Missing value for required parameter '${spelt}'. See the API docs for more information about request parameters.`,
    );
  }
  return value;
}

/** A text that may be missing; empty counts as missing, as in protobuf. */
export function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The run that a call is about; `run_uuid` is what old clients call it. */
export function runIdOf(fields: Fields): string {
  return optionalText(fields, "runId") ?? optionalText(fields, "runUuid") ?? text(fields, "runId");
}

/** A whole number that may be missing. */
export function optionalNumber(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null || value === "") return undefined;
  const number = numberFromWire(value);
  if (!Number.isSafeInteger(number)) {
    throw invalid(`Invalid value ${JSON.stringify(value)} for parameter '${name}' supplied.`);
  }
  return number;
}

/** A list of things that are read one by one; one thing alone is a list of one, as in a query. */
export function list<T>(fields: Fields, name: string, read: (item: unknown) => T): T[] {
  const value = fields[name];
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(read);
}

/** A tag, or a parameter. */
export function readTag(item: unknown): Tag {
  const { key, value = "" } = isRecord(item) ? item : {};
  if (typeof key !== "string" || typeof value !== "string") {
    throw invalid(`Invalid value ${JSON.stringify(item)}: key and value are texts.`);
  }
  return { key, value };
}

/** What is logged at once, within the limits. */
export function readBatch(fields: Fields): LogBatch {
  const batch = {
    metrics: list(fields, "metrics", readMetric),
    params: list(fields, "params", readTag),
    tags: list(fields, "tags", readTag),
  };
  const { metrics, params, tags } = batch;
  const counts = [
    ["metrics", metrics.length, LIMITS.metricsPerBatch],
    ["params", params.length, LIMITS.paramsPerBatch],
    ["tags", tags.length, LIMITS.tagsPerBatch],
    [
      "metrics, params, and tags",
      metrics.length + params.length + tags.length,
      LIMITS.entriesPerBatch,
    ],
  ] as const;
  for (const [what, count, most] of counts) {
    if (count > most) {
      throw invalid(
        `A batch logging request can contain at most ${most} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
      );
    }
  }
  const keys = params.map(({ key }) => key);
  if (new Set(keys).size < keys.length) {
    throw invalid(`Duplicate parameter keys have been submitted: ${keys.join(", ")}.`);
  }
  return batch;
}

/** One point of a metric. */
export function readMetric(item: unknown): ReturnType<typeof metricFromWire> {
  if (!isRecord(item) || typeof item["key"] !== "string" || item["value"] === undefined) {
    throw invalid(`Got invalid metric ${JSON.stringify(item)}: it needs a key and a value.`);
  }
  const metric = metricFromWire(item);
  const isText =
    typeof item["value"] === "string" && !/^(?:NaN|-?Infinity|[-+.\deE]+)$/.test(item["value"]);
  const whole = Number.isSafeInteger(metric.timestamp) && Number.isSafeInteger(metric.step);
  if (isText || !["number", "string"].includes(typeof item["value"]) || !whole) {
    throw invalid(
      `Got invalid value ${JSON.stringify(item)} for metric '${metric.key}': the value is a number, timestamp and step are whole ones.`,
    );
  }
  return metric;
}

/** A data set that went into a run. */
export function readDataset(item: unknown): DatasetInput {
  const { dataset, tags = [] } = isRecord(item) ? item : {};
  if (!isRecord(dataset)) throw invalid("A data set is missing in an input.");
  const optional = (name: string) => {
    const value = optionalText(dataset, name);
    return value === undefined ? {} : { [name]: value };
  };
  return {
    dataset: {
      name: text(dataset, "name"),
      digest: text(dataset, "digest"),
      sourceType: text(dataset, "sourceType"),
      source: text(dataset, "source"),
      ...optional("schema"),
      ...optional("profile"),
    },
    tags: (Array.isArray(tags) ? tags : []).map(readTag),
  };
}

/** What is searched for. */
export function readSearch(fields: Fields): SearchOptions {
  const view = optionalText(fields, "runViewType") ?? optionalText(fields, "viewType");
  if (view !== undefined && !["ACTIVE_ONLY", "DELETED_ONLY", "ALL"].includes(view)) {
    throw invalid(`Invalid view type '${view}'.`);
  }
  const [filter, pageToken] = [optionalText(fields, "filter"), optionalText(fields, "pageToken")];
  const maxResults = optionalNumber(fields, "maxResults");
  return {
    ...(filter !== undefined && { filter }),
    ...(pageToken !== undefined && { pageToken }),
    ...(maxResults !== undefined && { maxResults }),
    ...(view !== undefined && { viewType: view as NonNullable<SearchOptions["viewType"]> }),
    orderBy: list(fields, "orderBy", String),
  };
}
