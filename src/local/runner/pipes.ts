/** Channels in Pipe mode: `/opt/ml/input/data/<channel>_<epoch>`, a named pipe for each time that a program reads its input. */

import { execFile } from "node:child_process";
import { constants, openSync } from "node:fs";
import { rm } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { channelsOf, type HostFolder } from "../opt-ml.ts";
import { hasCode } from "../services/s3/node-errors.ts";
import { channelBytes, type HostShare, type StreamSource } from "./channel-stream.ts";
import type { ChannelSource, JobRequest } from "./job-request.ts";

/** How often it is looked whether a program has opened a pipe. In milliseconds. */
const LOOK_INTERVAL = 25;
/** As many bytes as a pipe of Linux holds. */
const GATHERED = 64 * 1024;
const run = promisify(execFile);

/** Pipes that are fed. */
export interface Pipes {
  /** Aborts when the input cannot be read; the reason is the job's failure. */
  readonly failed: AbortSignal;
  /** Feeds them no more. */
  stop(): Promise<void>;
}

/**
 * Makes the pipes of the first epoch of each channel, and feeds whoever opens them. The pipe of the next epoch is there once a program
 * has opened this one, and is fed once this one is at its end, or the program has left it.
 *
 * @param hosts - all of the job's, with their folders
 */
export async function startPipes(
  store: StreamSource,
  request: JobRequest,
  hosts: readonly HostFolder[],
): Promise<Pipes> {
  const stopping = new AbortController();
  const failing = new AbortController();
  const feeders: Feeder[] = [];
  for (const channel of request.channels) {
    if (channel.inputMode !== "Pipe") continue;
    const receivers = hosts.filter(({ name }) => channelsOf(request, name).includes(channel));
    for (const [index, { ml }] of receivers.entries()) {
      const share = { index, count: receivers.length };
      feeders.push({ store, channel, share, path: join(ml, "input/data", channel.name) });
    }
  }
  for (const { path } of feeders) await makePipe(`${path}_0`);
  const fed = feeders.map((feeder) =>
    feed(feeder, stopping.signal).catch((error: unknown) => {
      if (!stopping.signal.aborted) failing.abort(error);
    }),
  );
  return {
    failed: failing.signal,
    stop: async () => {
      stopping.abort();
      await Promise.all(fed);
    },
  };
}

interface Feeder {
  readonly store: StreamSource;
  readonly channel: ChannelSource;
  readonly share: HostShare;
  /** Of the pipes, without the epoch. */
  readonly path: string;
}

async function feed({ store, channel, share, path }: Feeder, signal: AbortSignal): Promise<void> {
  for (let epoch = 0; ; epoch += 1) {
    const pipe = await openPipe(`${path}_${epoch}`, signal);
    if (pipe === undefined) return;
    const onAbort = (): void => void pipe.destroy();
    signal.addEventListener("abort", onAbort);
    try {
      await makePipe(`${path}_${epoch + 1}`);
      for await (const chunk of gathered(channelBytes(store, channel, epoch, share))) {
        if (!(await write(pipe, chunk))) break;
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      pipe.destroy();
    }
    await rm(`${path}_${epoch}`, { force: true });
  }
}

/** Node cannot make one. */
async function makePipe(path: string): Promise<void> {
  await run("mkfifo", ["-m", "666", path]);
}

/** Small chunks as one: each write is a turn of its own, and a channel may be of a hundred thousand small objects. */
async function* gathered(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    length += chunk.length;
    if (length < GATHERED) continue;
    yield waiting.length === 1 ? chunk : Buffer.concat(waiting, length);
    waiting = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(waiting, length);
}

/** Waits for a reader without taking one of Node's few threads for it. @returns undefined when there will be none */
async function openPipe(path: string, signal: AbortSignal): Promise<Socket | undefined> {
  while (!signal.aborted) {
    try {
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      const socket = new Socket({ fd, readable: false, writable: true });
      // Told to whoever writes.
      socket.on("error", () => undefined);
      return socket;
    } catch (error) {
      // A program may remove its pipe: then it does not want it.
      if (hasCode(error, "ENOENT")) return undefined;
      if (!hasCode(error, "ENXIO")) throw error;
    }
    await delay(LOOK_INTERVAL, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

/** @returns whether there is still a reader */
async function write(pipe: Socket, chunk: Uint8Array): Promise<boolean> {
  return await new Promise((resolve) => {
    pipe.write(chunk, (error) => resolve(error === null || error === undefined));
  });
}
