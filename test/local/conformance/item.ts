/** An item of the container contract. */

import type { EngineName, Evidence, User } from "./evidence.ts";
import type { JobName } from "./jobs.ts";

/** What an engine does instead of the item; by user where that makes a difference. */
type Difference = string | Readonly<Record<User, string>>;

/** One thing that a container has or does. */
export interface Item {
  /** As the guide's table names it. */
  readonly name: string;
  readonly job: JobName;
  /** What was seen: `yes`, what is there instead, or `undefined` when neither. */
  see(evidence: Evidence): string | undefined;
  /** What is expected where it is not `yes`. */
  readonly differs?: Readonly<Partial<Record<EngineName, Difference>>>;
  /** By whom it is refused, and in which words. */
  readonly refused?: Readonly<Partial<Record<EngineName, RegExp>>>;
}
