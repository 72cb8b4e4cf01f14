/** HTTP over a bare socket, for what no client would send. */

import { connect, type Socket } from "node:net";

/** One answer. */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came of a connection. */
export interface RawExchange {
  /** All answers, in the order in which they came; interim ones (100) are left out. */
  readonly answers: readonly RawAnswer[];
  /** Whether the server has ended the connection. */
  readonly closed: boolean;
  /** Bytes that were taken by the socket. */
  readonly sent: number;
}

/** How one speaks. */
export interface RawOptions {
  readonly port: number;
  /** Text (as Latin-1) or bytes, in pieces that are sent one after the other as the socket takes them; an endless one is sent until the server ends it. */
  readonly send: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;
  /** Whether the sender's side is closed after the last piece. */
  readonly halfClose?: boolean;
  /** How many answers are waited for; `0`: until the server ends the connection. Default: 1. */
  readonly answers?: number;
  /** In ms; the connection is given up then. Default: 15,000. */
  readonly patienceMs?: number;
}

/** Speaks, and waits for the answers or for the end of the connection. */
export async function speak(options: RawOptions): Promise<RawExchange> {
  const { port, send, halfClose = false, answers: wanted = 1, patienceMs = 15_000 } = options;
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let received = Buffer.alloc(0);
  let closed = false;
  let wake = (): void => {};
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });
  for (const event of ["end", "close", "error"] as const) {
    socket.on(event, () => {
      closed = true;
      wake();
    });
  }
  const sending = sendAll(socket, send, () => closed).then(() => {
    if (halfClose) socket.end();
  });
  sending.catch(() => {});
  let isLate = false;
  // The timer itself says when it is late: it may fire a moment before another clock does, and nobody would wake this again.
  const timer = setTimeout(() => {
    isLate = true;
    wake();
  }, patienceMs);
  let answers = parseAnswers(received, closed);
  while (!closed && !isLate && (wanted === 0 || answers.length < wanted)) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    answers = parseAnswers(received, closed);
  }
  clearTimeout(timer);
  const sent = socket.bytesWritten;
  const wasClosed = closed;
  closed = true;
  socket.destroy();
  return { answers, closed: wasClosed, sent };
}

async function sendAll(
  socket: Socket,
  pieces: RawOptions["send"],
  isClosed: () => boolean,
): Promise<void> {
  for await (const piece of pieces) {
    if (isClosed() || socket.destroyed) return;
    const bytes = typeof piece === "string" ? Buffer.from(piece, "latin1") : piece;
    if (socket.write(bytes)) continue;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        for (const event of ["drain", "close", "error"]) socket.off(event, go);
        resolve();
      };
      for (const event of ["drain", "close", "error"]) socket.on(event, go);
      if (socket.destroyed) go();
    });
  }
}

function parseAnswers(received: Buffer, ended: boolean): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let at = 0; at < received.length; ) {
    const end = received.indexOf("\r\n\r\n", at);
    if (end === -1) break;
    const [first = "", ...lines] = received.toString("latin1", at, end).split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
    if (Number.isNaN(status)) throw new Error(`This is no HTTP: ${first.slice(0, 100)}`);
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    at = end + 4;
    if (status < 200) continue;
    const length = headers["content-length"];
    const isChunked = headers["transfer-encoding"] === "chunked";
    let stop = length === undefined ? at : at + Number(length);
    if (isChunked) {
      const last = received.indexOf("0\r\n\r\n", at);
      stop = last === -1 ? Number.POSITIVE_INFINITY : last + 5;
    } else if (length === undefined && status !== 204 && status !== 304) {
      stop = ended ? received.length : Number.POSITIVE_INFINITY;
    }
    if (stop > received.length) break;
    answers.push({ status, headers, body: received.toString("utf8", at, stop) });
    at = stop;
  }
  return answers;
}
