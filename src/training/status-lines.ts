/** What a description says that the last one did not: status changes, each with its own time, and rules' outcomes. */

import type { DescribeTrainingJobCommandOutput } from "../aws/types.ts";
import type { StatusEvent, WarningEvent } from "./events.ts";

const TERMINAL = new Set(["Completed", "Failed", "Stopped", "Deleting"]);

/** Whether a `TrainingJobStatus` is one that no other follows. */
export function isTerminal(status: string | undefined): boolean {
  return TERMINAL.has(status ?? "");
}

/** Secondary statuses that only jobs of that status have; any other one means that the job goes on. */
const STATUS_OF: Readonly<Record<string, string>> = {
  Completed: "Completed",
  Failed: "Failed",
  Stopping: "Stopping",
  Stopped: "Stopped",
  MaxRuntimeExceeded: "Stopped",
  MaxWaitTimeExceeded: "Stopped",
};

/** The job's status while it had this secondary status. */
function statusDuring(secondary: string): string {
  return STATUS_OF[secondary] ?? "InProgress";
}

/** Turns descriptions into the events that they add. */
export class StatusReader {
  /** Message by transition: the service changes the last one's message in place. */
  readonly #seen = new Map<string, string>();
  readonly #rules = new Map<string, string>();

  /** What is new in this description, oldest first. */
  statuses(description: DescribeTrainingJobCommandOutput): StatusEvent[] {
    const events: StatusEvent[] = [];
    for (const transition of description.SecondaryStatusTransitions ?? []) {
      const { Status: secondaryStatus = "", StartTime, StatusMessage: message = "" } = transition;
      const key = `${secondaryStatus}@${StartTime?.getTime() ?? ""}`;
      const before = this.#seen.get(key);
      if (before === message) {
        continue;
      }
      this.#seen.set(key, message);
      // A message that changed within a transition came after its beginning: only the job's own time tells when.
      const time = (before === undefined ? StartTime : description.LastModifiedTime) ?? StartTime;
      events.push({
        type: "status",
        time: time ?? description.LastModifiedTime ?? new Date(),
        status: statusDuring(secondaryStatus),
        secondaryStatus,
        message,
      });
    }
    return events;
  }

  /** Outcomes of debugger and profiler rules that changed, as warnings with the code `rule-status`. */
  rules(description: DescribeTrainingJobCommandOutput): WarningEvent[] {
    const events: WarningEvent[] = [];
    const evaluations = [
      ...(description.DebugRuleEvaluationStatuses ?? []),
      ...(description.ProfilerRuleEvaluationStatuses ?? []),
    ];
    for (const { RuleConfigurationName, RuleEvaluationStatus, LastModifiedTime } of evaluations) {
      const [name, status] = [RuleConfigurationName ?? "", RuleEvaluationStatus ?? ""];
      if (this.#rules.get(name) !== status) {
        this.#rules.set(name, status);
        events.push({
          type: "warning",
          time: LastModifiedTime ?? description.LastModifiedTime ?? new Date(),
          code: "rule-status",
          message: `${name}: ${status}`,
        });
      }
    }
    return events;
  }
}
