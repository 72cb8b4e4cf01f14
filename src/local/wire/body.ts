/** Takes in the body of a control-plane request, within bounds. */

import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { header } from "./header.ts";
import type { WireRequest } from "./message.ts";
import { ServiceError } from "./service-error.ts";

/** CloudWatch Logs takes 1 MiB of events and SageMaker less; escapes and field names come on top. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * The whole body.
 *
 * @throws {@link ServiceError} `RequestEntityTooLargeException` beyond 16 MiB
 */
export async function readBody(request: WireRequest): Promise<Buffer> {
  const { body } = request;
  if (body === undefined) return Buffer.alloc(0);
  if (Buffer.isBuffer(body)) return body;
  const chunks: Buffer[] = [];
  let size = 0;
  // Over HTTP a refusal must still reach the sender, so its stream is not destroyed early.
  for await (const chunk of body.iterator({ destroyOnReturn: request.origin === "in-process" })) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > MOST_BYTES) throw tooLarge();
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

const unzip = promisify(gunzip);

/**
 * The whole body, unpacked: clients compress what is long where the service's model lets them (PutMetricData). Who asks is known by then, since
 * signatures are of the body as it came.
 *
 * @throws {@link ServiceError} `RequestEntityTooLargeException` beyond 16 MiB, `SerializationException` for what is no gzip
 */
export async function readPlainBody(request: WireRequest): Promise<Buffer> {
  const body = await readBody(request);
  if (header(request, "content-encoding") !== "gzip") return body;
  try {
    return await unzip(body, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new ServiceError("SerializationException", "The request is not gzip.", 400, {
      cause: error,
    });
  }
}

function tooLarge(): ServiceError {
  return new ServiceError(
    "RequestEntityTooLargeException",
    `The request is over ${MOST_BYTES} bytes.`,
    413,
  );
}
