/** `local`: a local cloud that listens until Ctrl-C, and the environment that points AWS clients at it. */

import { TrainingJob } from "../index.ts";
import { type EngineChoice, LocalCloud } from "../local/index.ts";
import type { Arguments } from "./arguments.ts";
import { clientEnvironment, shellLines } from "./client-environment.ts";
import { Interrupted, interruptible, print, say } from "./output.ts";
import { imagesOf, oneOf, readAll, wholeNumber } from "./values.ts";

const ENGINES: readonly EngineChoice[] = [
  ...(["auto", "sandbox", "process"] as const),
  ...(["bubblewrap", "unshare", "proot"] as const),
];
/** What still runs is looked up for so long at the end, in milliseconds. */
const FAREWELL_MS = 5000;

/**
 * Listens until it is interrupted.
 *
 * @param args - the command line
 */
export async function local(args: Arguments): Promise<number> {
  const host = args.text("host");
  const root = args.text("root");
  const region = args.text("region");
  const { port, images, engine } = readAll({
    port: () => wholeNumber("port", args.text("port") ?? "0", 0, 65_535),
    images: () => imagesOf(args.texts("image")),
    engine: () => oneOf("engine", args.text("engine") ?? "auto", ENGINES),
  });
  const cloud = new LocalCloud({
    logger: { debug: args.has("verbose") ? say : () => {}, info: say, warn: say },
    images,
    imageRoots: args.texts("image-root"),
    engine,
    ...(root !== undefined && { root }),
    ...(region !== undefined && { region }),
  });
  const server = await cloud.listen({
    port,
    allowRemote: args.has("allow-remote"),
    ...(host !== undefined && { host }),
  });
  const { url } = server;
  try {
    await interruptible(async (signal) => {
      const environment = clientEnvironment(url, cloud.region);
      const { account } = cloud;
      const where = { url, port: server.port, root: cloud.root, region: cloud.region };
      const facts = { ...where, account, pid: process.pid };
      await print(
        args.has("json")
          ? JSON.stringify({ ...facts, environment: environment.set, unset: environment.unset })
          : shellLines(environment),
      );
      say(`The local cloud in ${cloud.root} listens on ${url}. Ctrl-C ends it; jobs go on.`);
      await new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        if (signal.aborted) reject(signal.reason);
      });
    });
  } catch (error) {
    if (error instanceof Interrupted) {
      await server.close();
      say(await farewell(cloud, url));
    }
    throw error;
  } finally {
    await server.close();
  }
  return 0;
}

/** What still runs, and how to come back to it. */
async function farewell(cloud: LocalCloud, url: string): Promise<string> {
  const closed = `\nThe local cloud no longer listens on ${url}.`;
  const session = cloud.session();
  const signal = AbortSignal.timeout(FAREWELL_MS);
  try {
    const names: string[] = [];
    for (const statusEquals of ["InProgress", "Stopping"] as const) {
      for await (const { name } of TrainingJob.list({ session, statusEquals, signal })) {
        names.push(name);
      }
    }
    if (names.length === 0) {
      return `${closed} No job runs.`;
    }
    const [jobs, go] = names.length === 1 ? ["1 job", "goes"] : [`${names.length} jobs`, "go"];
    return [
      `${closed} ${jobs} ${go} on: ${names.join(", ")}`,
      `sagemaker-estimator jobs --root ${quoted(cloud.root)} tells of them.`,
    ].join("\n");
  } catch (error) {
    return `${closed} Which jobs go on could not be found out: ${(error as Error).message}`;
  } finally {
    await session.close();
  }
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
