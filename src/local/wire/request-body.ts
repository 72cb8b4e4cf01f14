/** Watches the bodies of requests over HTTP: none may stall for ever, and none is read for ever after its answer. */

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

/** Bounds of what a client may take its time with. */
export interface BodyLimits {
  /** A body of which nothing has come for so long is given up. In ms. */
  readonly idleMs: number;
  /** The most that is read of a body whose request has been answered, in bytes: more ends the connection. */
  readonly unreadBytes: number;
  /** How long that is read, in ms. */
  readonly unreadMs: number;
}

/** S3 and its clients know connections that stall; the rest of a part of the usual size is read over, so that its connection can go on. */
export const BODY_LIMITS: BodyLimits = {
  idleMs: 60_000,
  unreadBytes: 16 * 2 ** 20,
  unreadMs: 10_000,
};

/** How often a body is looked at, as a share of the time that it may stall. */
const LOOKS = 4;

/**
 * Calls `onIdle` once when a body stalls: its sender is silent, and nothing of what it sent waits to be read here.
 *
 * @returns ends the watch
 */
export function watchBody(
  incoming: IncomingMessage,
  { idleMs }: BodyLimits,
  onIdle: () => void,
): () => void {
  let seen = -1;
  let silent = 0;
  const timer = setInterval(() => {
    if (incoming.complete) {
      clearInterval(timer);
      return;
    }
    const { bytesRead } = incoming.socket;
    const isSilent = bytesRead === seen && incoming.readableLength === 0;
    seen = bytesRead;
    silent = isSilent ? silent + 1 : 0;
    if (silent < LOOKS) return;
    clearInterval(timer);
    onIdle();
  }, idleMs / LOOKS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Reads the rest of a body whose request has been answered, within bounds; beyond them the connection ends. */
export function readRest(incoming: IncomingMessage, limits: BodyLimits): void {
  if (incoming.complete || incoming.socket.destroyed) return;
  let left = limits.unreadBytes;
  const timer = setTimeout(() => incoming.socket.destroy(), limits.unreadMs).unref();
  incoming.once("close", () => clearTimeout(timer));
  incoming.once("end", () => clearTimeout(timer));
  incoming.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) incoming.socket.destroy();
  });
  incoming.resume();
}

/** Says a last word on a connection, and ends it when that has had its time to arrive, whatever still comes. */
export function lastWord(socket: Socket, text: string, { unreadMs }: BodyLimits): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(text);
  const timer = setTimeout(() => socket.destroy(), Math.min(unreadMs, 1000)).unref();
  socket.once("close", () => clearTimeout(timer));
}
