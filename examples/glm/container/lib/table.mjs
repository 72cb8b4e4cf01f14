// @ts-check
/** Tables of text cells: read from CSV files or JSON rows, written as CSV. */

import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import { parse } from "csv-parse";
import { parse as parseSync } from "csv-parse/sync";
import { SageMakerError } from "sagemaker-estimator/container";

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {string[]} cells - empty where a cell is missing
 * @property {boolean} quoted - whether a cell stood in quotation marks, which makes the column one of text
 */

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * A cell as a number; undefined if it is none. Infinite values and hexadecimal digits are none.
 *
 * @param {string} cell
 * @returns {number | undefined}
 */
export function numberOf(cell) {
  const text = cell.trim();
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/**
 * Whether a cell has no value: it is empty, or `NA` as R and pandas write it.
 *
 * @param {string} cell
 * @returns {boolean}
 */
export function isMissing(cell) {
  const text = cell.trim();
  return text === "" || text === "NA";
}

/** Rows and named columns of text. */
export class Table {
  /** @type {Map<string, Column>} */
  #columns;
  /** @type {(row: number) => string} */
  #where;

  /**
   * @param {readonly Column[]} columns
   * @param {string} source - what the table was read from, in words
   * @param {(row: number) => string} [where] - a row in words, from its index
   */
  constructor(columns, source, where = (row) => `row ${row + 1}`) {
    this.#columns = new Map(columns.map((column) => [column.name, column]));
    this.source = source;
    this.#where = where;
  }

  /** The columns' names, in order. */
  get names() {
    return [...this.#columns.keys()];
  }

  /** The number of rows. */
  get rows() {
    return this.#columns.values().next().value?.cells.length ?? 0;
  }

  /**
   * @param {string} name
   * @returns {Column | undefined}
   */
  column(name) {
    return this.#columns.get(name);
  }

  /**
   * A row in words: `row 3`, counted from 1 after the header; with the file's name where there are several.
   *
   * @param {number} row - from 0
   * @returns {string}
   */
  where(row) {
    return this.#where(row);
  }
}

/**
 * @typedef {object} RawTable
 * @property {string[][]} records
 * @property {Set<number>} quoted - the columns with a cell in quotation marks, below the first record
 */

/**
 * The options of csv-parse, and what its parsing finds out.
 *
 * @returns {{ quoted: Set<number>, options: import("csv-parse").Options }}
 */
function csvOptions() {
  /** @type {Set<number>} */
  const quoted = new Set();
  return {
    quoted,
    options: {
      bom: true,
      skip_empty_lines: true,
      cast(value, { quoting, index, records }) {
        if (quoting && records > 0 && typeof index === "number") quoted.add(index);
        return value;
      },
    },
  };
}

/**
 * @param {unknown} error
 * @param {string} source
 * @returns {SageMakerError}
 */
function unreadable(error, source) {
  const reason = error instanceof Error ? error.message : String(error);
  return new SageMakerError(`${source} cannot be read: ${reason}`, { cause: error });
}

/**
 * Columns from a header and the records below it.
 *
 * @param {readonly string[]} header
 * @param {readonly (readonly string[])[]} records
 * @param {ReadonlySet<number>} quoted
 * @param {string} source
 * @returns {Column[]}
 */
export function columnsOf(header, records, quoted, source) {
  const twice = header.find((name, index) => header.indexOf(name) !== index);
  if (twice !== undefined) throw new SageMakerError(`${source} has two columns "${twice}".`);
  return header.map((name, index) => ({
    name,
    cells: records.map((record) => record[index] ?? ""),
    quoted: quoted.has(index),
  }));
}

/**
 * CSV files with the same header, as one table.
 *
 * @param {readonly string[]} files - paths
 * @param {AbortSignal} [signal]
 * @returns {Promise<Table>}
 * @throws {SageMakerError} for a file that is no CSV, has no rows, or another header
 */
export async function readCsvFiles(files, signal) {
  /** @type {Column[] | undefined} */
  let columns;
  /** @type {{ file: string, from: number }[]} */
  const parts = [];
  for (const file of files) {
    const source = basename(file);
    const { quoted, options } = csvOptions();
    /** @type {string[][]} */
    const records = [];
    try {
      await pipeline(
        createReadStream(file),
        parse(options),
        async (/** @type {AsyncIterable<string[]>} */ rows) => {
          for await (const row of rows) records.push(row);
        },
        { signal },
      );
    } catch (error) {
      signal?.throwIfAborted();
      throw unreadable(error, source);
    }
    const [header, ...rows] = records;
    if (header === undefined || rows.length === 0) {
      throw new SageMakerError(`${source} holds no rows below a header.`);
    }
    const added = columnsOf(header, rows, quoted, source);
    parts.push({ file: source, from: columns?.[0]?.cells.length ?? 0 });
    if (columns === undefined) {
      columns = added;
      continue;
    }
    const expected = columns.map(({ name }) => name);
    if (expected.length !== header.length || expected.some((name, j) => name !== header[j])) {
      throw new SageMakerError(
        `${source} has other columns (${header.join(", ")}) than ${parts[0]?.file} (${expected.join(", ")}).`,
      );
    }
    columns = columns.map((column, j) => ({
      name: column.name,
      cells: column.cells.concat(added[j]?.cells ?? []),
      quoted: column.quoted || (added[j]?.quoted ?? false),
    }));
  }
  if (columns === undefined) throw new SageMakerError("There is no CSV file to read.");
  const [first] = parts;
  if (parts.length === 1) return new Table(columns, first?.file ?? "");
  return new Table(columns, `${parts.length} CSV files`, (row) => {
    const part = parts.findLast(({ from }) => from <= row);
    return `${part?.file} row ${row - (part?.from ?? 0) + 1}`;
  });
}

/**
 * The records of CSV text.
 *
 * @param {string} text
 * @param {string} source
 * @returns {RawTable}
 * @throws {SageMakerError} if it is no CSV
 */
export function parseCsv(text, source) {
  const { quoted, options } = csvOptions();
  try {
    return { records: /** @type {string[][]} */ (parseSync(text, options)), quoted };
  } catch (error) {
    throw unreadable(error, source);
  }
}

/**
 * One cell of a CSV file. Text that was in quotation marks gets them again, since they say that it is text.
 *
 * @param {string} cell
 * @param {boolean} quoted
 * @returns {string}
 */
export function csvCell(cell, quoted) {
  return quoted || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
