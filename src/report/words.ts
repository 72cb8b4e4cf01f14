/** Events in words: Python's where Python has some. */

import type { ProgressEvent, StatusEvent } from "../training/events.ts";

/** The figures below a job's last line. */
export interface SummaryFigures {
  readonly trainingSeconds?: number | undefined;
  readonly billableSeconds?: number | undefined;
  readonly instances: number;
  readonly spot: boolean;
}

/** `2024-05-01 12:00:05 Starting - Starting the training job`, with the transition's own time, UTC. */
export function statusLine({ time, secondaryStatus, message }: StatusEvent): string {
  const words = message === "" ? secondaryStatus : `${secondaryStatus} - ${message}`;
  return `${time.toISOString().slice(0, 19).replace("T", " ")} ${words}`;
}

/** The seconds of all instances together, as Python counts them; nothing for a job that never trained. */
export function summaryLines(figures: SummaryFigures): string[] {
  const { trainingSeconds, billableSeconds, instances, spot } = figures;
  const lines: string[] = [];
  if (trainingSeconds !== undefined) {
    lines.push(`Training seconds: ${trainingSeconds * instances}`);
  }
  if (billableSeconds !== undefined) {
    lines.push(`Billable seconds: ${billableSeconds * instances}`);
  }
  if (
    spot &&
    billableSeconds !== undefined &&
    trainingSeconds !== undefined &&
    trainingSeconds > 0
  ) {
    const saving = (1 - billableSeconds / trainingSeconds) * 100;
    lines.push(`Managed Spot Training savings: ${saving.toFixed(1)}%`);
  }
  return lines;
}

/** `Staging: 12.3 MB of 40.1 MB (30%), 3 of 10 files, 5.2 MB/s, 5 s left` */
export function progressLine(event: ProgressEvent): string {
  const { phase, bytes, totalBytes, files, totalFiles, bytesPerSecond, secondsLeft } = event;
  const parts = [
    totalBytes === undefined
      ? size(bytes)
      : `${size(bytes)} of ${size(totalBytes)} (${percent(bytes, totalBytes)}%)`,
    totalFiles === undefined
      ? `${files} file${files === 1 ? "" : "s"}`
      : `${files} of ${totalFiles} file${totalFiles === 1 ? "" : "s"}`,
    ...(bytesPerSecond > 0 ? [`${size(bytesPerSecond)}/s`] : []),
    ...(secondsLeft !== undefined && secondsLeft > 0 ? [`${duration(secondsLeft)} left`] : []),
  ];
  return `${phase === "stage" ? "Staging" : "Downloading"}: ${parts.join(", ")}`;
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.floor((part / whole) * 100);
}

/** Bytes in powers of ten, as disks and networks are sold. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `5 s`, `3 min 20 s`, `1 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
