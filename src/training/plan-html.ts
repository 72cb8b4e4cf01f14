/** A plan as HTML, for notebooks: one table, with nothing in it that a page could run. Pure. */

import type { FindingGroup, PlanRow, PlanView } from "./plan-view.ts";

const COLOURS: Readonly<Record<FindingGroup["severity"], string>> = {
  error: "#b00020",
  warning: "#8a5a00",
  note: "#555555",
};

/**
 * Sets a plan as HTML.
 *
 * @param view - what is shown
 */
export function planHtml(view: PlanView): string {
  const rows = [
    ...view.job.map((row) => tableRow(row.label, lines(row))),
    ...(view.channels.length === 0
      ? []
      : [
          tableRow(
            "Channels",
            `<table>${view.channels.map((row) => tableRow(row.label, lines(row))).join("")}</table>`,
          ),
        ]),
    ...view.result.map((row) => tableRow(row.label, lines(row))),
    ...view.findings.map(findingRow),
  ];
  return `<table style="text-align: left">${rows.join("")}</table>`;
}

function findingRow({ severity, label, findings, more }: FindingGroup): string {
  const items = findings.map(({ path, message, hint }) => {
    const where = path === "" ? "" : `<code>${escaped(path)}</code>: `;
    return `<li>${where}${escaped(message)}${hint === undefined ? "" : `<br><em>${escaped(hint)}</em>`}</li>`;
  });
  const rest = more > 0 ? `<li>and ${more} more</li>` : "";
  const list = `<ul style="margin: 0; color: ${COLOURS[severity]}">${items.join("")}${rest}</ul>`;
  return tableRow(label, list);
}

/** @param cell - HTML already */
function tableRow(label: string, cell: string): string {
  return `<tr><th style="text-align: left; vertical-align: top">${escaped(label)}</th><td style="text-align: left">${cell}</td></tr>`;
}

function lines(row: PlanRow): string {
  return row.lines.map(escaped).join("<br>");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as HTML shows it. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
