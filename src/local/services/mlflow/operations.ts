/** MLflow's REST calls over a tracking store, by their paths below `/api/2.0/mlflow/`. */

import type { RunInfo, RunRecord } from "../../../mlflow/core/entities.ts";
import { checkStatus } from "../../../mlflow/core/run-status.ts";
import type { TrackingStore } from "../../../mlflow/core/tracking-store.ts";
import { metricToWire, toSnakeCase } from "../../../mlflow/core/wire-json.ts";
import {
  type Fields,
  list,
  optionalNumber,
  optionalText,
  readBatch,
  readDataset,
  readMetric,
  readSearch,
  readTag,
  runIdOf,
  text,
} from "./fields.ts";

/** Answers a call with the fields of its answer, in our spelling or MLflow's. */
type Operation = (store: TrackingStore, fields: Fields) => Promise<object>;

/** `METHOD path`. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  "POST experiments/create": async (store, fields) => {
    const location = optionalText(fields, "artifactLocation");
    const experimentId = await store.createExperiment({
      name: text(fields, "name"),
      ...(location !== undefined && { artifactLocation: location }),
      tags: list(fields, "tags", readTag),
    });
    return { experimentId };
  },
  "GET experiments/get": async (store, fields) => ({
    experiment: await store.getExperiment(text(fields, "experimentId")),
  }),
  "GET experiments/get-by-name": async (store, fields) => ({
    experiment: await store.getExperimentByName(text(fields, "experimentName")),
  }),
  "POST experiments/search": searchExperiments,
  "GET experiments/search": searchExperiments,
  "POST experiments/update": async (store, fields) => {
    await store.updateExperiment(text(fields, "experimentId"), text(fields, "newName"));
    return {};
  },
  "POST experiments/delete": async (store, fields) => {
    await store.deleteExperiment(text(fields, "experimentId"));
    return {};
  },
  "POST experiments/restore": async (store, fields) => {
    await store.restoreExperiment(text(fields, "experimentId"));
    return {};
  },
  "POST experiments/set-experiment-tag": async (store, fields) => {
    await store.setExperimentTag(text(fields, "experimentId"), readTag(fields));
    return {};
  },
  "POST runs/create": async (store, fields) => {
    const [runName, userId] = [optionalText(fields, "runName"), optionalText(fields, "userId")];
    const run = await store.createRun({
      experimentId: optionalText(fields, "experimentId") ?? "0",
      startTime: optionalNumber(fields, "startTime") ?? 0,
      ...(runName !== undefined && { runName }),
      ...(userId !== undefined && { userId }),
      tags: list(fields, "tags", readTag),
    });
    return { run: runToWire(run) };
  },
  "GET runs/get": async (store, fields) => ({
    run: runToWire(await store.getRun(runIdOf(fields))),
  }),
  "POST runs/update": async (store, fields) => {
    const runId = runIdOf(fields);
    const [status, runName] = [optionalText(fields, "status"), optionalText(fields, "runName")];
    const endTime = optionalNumber(fields, "endTime");
    await store.updateRun(runId, {
      ...(status !== undefined && { status: checkStatus(status) }),
      ...(endTime !== undefined && { endTime }),
      ...(runName !== undefined && { runName }),
    });
    return { runInfo: infoToWire(await store.getRunInfo(runId)) };
  },
  "POST runs/delete": async (store, fields) => {
    await store.deleteRun(runIdOf(fields));
    return {};
  },
  "POST runs/restore": async (store, fields) => {
    await store.restoreRun(runIdOf(fields));
    return {};
  },
  "POST runs/search": async (store, fields) => {
    const experimentIds = list(fields, "experimentIds", String);
    const { items, nextPageToken } = await store.searchRuns(experimentIds, readSearch(fields));
    return { runs: items.map(runToWire), nextPageToken };
  },
  "POST runs/log-batch": async (store, fields) => {
    await store.logBatch(runIdOf(fields), readBatch(fields));
    return {};
  },
  "POST runs/log-metric": async (store, fields) => {
    await store.logBatch(runIdOf(fields), { metrics: [readMetric(fields)] });
    return {};
  },
  "POST runs/log-parameter": async (store, fields) => {
    await store.logBatch(runIdOf(fields), { params: [readTag(fields)] });
    return {};
  },
  "POST runs/set-tag": async (store, fields) => {
    await store.logBatch(runIdOf(fields), { tags: [readTag(fields)] });
    return {};
  },
  "POST runs/delete-tag": async (store, fields) => {
    await store.deleteTag(runIdOf(fields), text(fields, "key"));
    return {};
  },
  "POST runs/log-inputs": async (store, fields) => {
    await store.logInputs(runIdOf(fields), list(fields, "datasets", readDataset));
    return {};
  },
  // MLflow 3's client asks for them when it lists a folder of artifacts. There is no way to make one here.
  "POST logged-models/search": async () => ({ models: [] }),
  "GET metrics/get-history": async (store, fields) => {
    const pageToken = optionalText(fields, "pageToken");
    // Without a number, which is zero to protobuf, it is everything, as MLflow's folder store has it.
    const maxResults = optionalNumber(fields, "maxResults") || undefined;
    const { items, nextPageToken } = await store.getMetricHistory(
      runIdOf(fields),
      text(fields, "metricKey"),
      {
        ...(maxResults !== undefined && { maxResults }),
        ...(pageToken !== undefined && { pageToken }),
      },
    );
    return { metrics: items.map(metricToWire), nextPageToken };
  },
};

async function searchExperiments(store: TrackingStore, fields: Fields): Promise<object> {
  const { items, nextPageToken } = await store.searchExperiments(readSearch(fields));
  return { experiments: items, nextPageToken };
}

/** The artifacts of this machine's folders are reached through the server. */
function infoToWire(info: RunInfo) {
  return {
    ...info,
    runUuid: info.runId,
    artifactUri: info.artifactUri.startsWith("file:")
      ? `mlflow-artifacts:/${info.experimentId}/${info.runId}/artifacts`
      : info.artifactUri,
  };
}

/** A run in MLflow's spelling. */
function runToWire({ info, data, inputs }: RunRecord) {
  return {
    info: infoToWire(info),
    data: { ...data, metrics: data.metrics.map(metricToWire) },
    inputs: toSnakeCase(inputs),
  };
}
