// @ts-check
/** The HTTP server of a SageMaker endpoint: `/ping` and `/invocations`. */

import { once } from "node:events";
import { createServer } from "node:http";
import { SageMakerError } from "sagemaker-estimator/container";
import { Findings } from "./findings.mjs";
import { inputColumns, predict } from "./model.mjs";
import { columnsOf, parseCsv, Table } from "./table.mjs";

/** @import { IncomingMessage, ServerResponse } from "node:http" */
/** @import { Model } from "./model.mjs" */

/** A request that is answered with its reasons. */
class Refusal extends Error {
  /**
   * @param {number} status
   * @param {readonly string[]} reasons
   */
  constructor(status, reasons) {
    super(reasons.join("; "));
    this.status = status;
    this.reasons = reasons;
  }
}

/**
 * The rows of a request as a table.
 *
 * @param {Model} model
 * @param {string} contentType
 * @param {string} text
 * @returns {Table}
 * @throws {Refusal}
 */
function readRows(model, contentType, text) {
  switch (contentType.split(";")[0]?.trim().toLowerCase()) {
    case "text/csv":
      return csvRows(model, text);
    case "application/json":
      return jsonRows(model, text);
    default:
      throw new Refusal(415, [
        `content type "${contentType}" is not taken; send text/csv or application/json`,
      ]);
  }
}

/**
 * @param {Model} model
 * @param {string} text
 * @returns {Table}
 */
function csvRows({ formula }, text) {
  const { records, quoted } = parseCsv(text, "the request");
  const [first = []] = records;
  const expected = inputColumns(formula);
  // No cell of a row is likely to be a column's name.
  const header = first.some((cell) => expected.includes(cell));
  if (records.length === (header ? 1 : 0)) throw new Refusal(400, ["the request holds no rows"]);
  if (header) {
    return new Table(columnsOf(first, records.slice(1), quoted, "the request"), "the request");
  }
  if (first.length !== expected.length) {
    throw new Refusal(400, [
      `the request has ${first.length} columns and no header; the model takes ${expected.length}: ${expected.join(", ")}`,
    ]);
  }
  return new Table(columnsOf(expected, records, quoted, "the request"), "the request");
}

/**
 * @param {Model} model
 * @param {string} text
 * @returns {Table}
 */
function jsonRows({ formula }, text) {
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Refusal(400, [
      `the request is no JSON: ${error instanceof Error ? error.message : error}`,
    ]);
  }
  const isRow = (/** @type {unknown} */ row) =>
    typeof row === "object" && row !== null && !Array.isArray(row);
  const list =
    isRow(value) && "instances" in /** @type {object} */ (value)
      ? /** @type {{ instances: unknown }} */ (value).instances
      : value;
  const rows = Array.isArray(list) ? list : [list];
  if (rows.length === 0 || !rows.every(isRow)) {
    throw new Refusal(400, ['the request is neither rows { "column": value } nor a list of them']);
  }
  const columns = inputColumns(formula).flatMap((name) =>
    rows.some((row) => Object.hasOwn(row, name))
      ? [{ name, cells: rows.map((row) => cellOf(row, name)), quoted: false }]
      : [],
  );
  if (columns.length === 0) {
    throw new Refusal(400, [
      `the rows have none of the columns ${inputColumns(formula).join(", ")}`,
    ]);
  }
  return new Table(columns, "the request");
}

/**
 * @param {Record<string, unknown>} row
 * @param {string} name
 * @returns {string}
 */
function cellOf(row, name) {
  const value = Object.hasOwn(row, name) ? row[name] : null;
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * The body of a request, up to a limit.
 *
 * @param {IncomingMessage} request
 * @param {number} maxBytes
 * @returns {Promise<string>}
 */
async function bodyOf(request, maxBytes) {
  /** @type {Buffer[]} */
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Refusal(413, [`the request is larger than ${maxBytes} bytes`]);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * @param {ServerResponse} response
 * @param {number} status
 * @param {string} contentType
 * @param {string} body
 */
function answer(response, status, contentType, body) {
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

/**
 * Predictions for a request.
 *
 * @param {Model} model
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 * @param {number} maxBytes
 */
async function invoke(model, request, response, maxBytes) {
  const contentType = request.headers["content-type"] ?? "text/csv";
  const table = readRows(model, contentType, await bodyOf(request, maxBytes));
  const findings = new Findings();
  const means = predict(model, table, findings);
  if (findings.any) throw new Refusal(400, findings.messages);
  const accept = request.headers.accept ?? "*/*";
  const wanted = ["text/csv", "application/json"].find((type) => accept.includes(type));
  if ((wanted ?? contentType).startsWith("application/json")) {
    answer(response, 200, "application/json", JSON.stringify({ predictions: [...means] }));
  } else {
    answer(response, 200, "text/csv", Array.from(means, (mean) => `${mean}\n`).join(""));
  }
}

/**
 * @typedef {object} ServerOptions
 * @property {number} port - 0: any that is free
 * @property {string} [host]
 * @property {number} maxBytes - the largest request
 */

/**
 * Serves a model.
 *
 * @param {Model} model
 * @param {ServerOptions} options
 * @returns {Promise<{ url: string, close(): Promise<void> }>}
 */
export async function startServer(model, { port, host, maxBytes }) {
  const server = createServer(async (request, response) => {
    const path = (request.url ?? "").split("?")[0];
    try {
      if (path === "/ping" && (request.method === "GET" || request.method === "HEAD")) {
        answer(response, 200, "text/plain", "");
      } else if (path === "/invocations" && request.method === "POST") {
        await invoke(model, request, response, maxBytes);
      } else if (path === "/ping" || path === "/invocations") {
        throw new Refusal(405, [`${request.method} is not taken at ${path}`]);
      } else {
        throw new Refusal(404, [`there is nothing at ${path}; ask /ping or /invocations`]);
      }
    } catch (error) {
      const refused = error instanceof Refusal || SageMakerError.isInstance(error);
      const status = error instanceof Refusal ? error.status : refused ? 400 : 500;
      const reasons =
        error instanceof Refusal
          ? error.reasons
          : [refused && error instanceof Error ? error.message : "the prediction failed"];
      if (!refused) process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
      // The rest of a body that was refused is not read.
      if (!request.complete) response.setHeader("connection", "close");
      if (!response.headersSent) {
        answer(response, status, "application/json", JSON.stringify({ errors: reasons }));
      } else {
        response.destroy();
      }
    }
  });
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  const at = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${host ?? "0.0.0.0"}:${at}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeIdleConnections();
      await closed;
    },
  };
}
