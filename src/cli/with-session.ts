/** A command's work with a session, which is closed behind it. */

import type { Session } from "../index.ts";
import type { Arguments } from "./arguments.ts";
import { sessionFor } from "./place.ts";

/**
 * Does something with the session that the command line asks for.
 *
 * @param args - the command line
 * @param work - what to do
 */
export async function withSession<T>(
  args: Arguments,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await sessionFor(args);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
