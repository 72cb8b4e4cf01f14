/** RecordIO, as SageMaker wraps what it streams: a record is a header, the bytes, and zeros up to the next multiple of four. */

const MAGIC = 0xced7230a;
/** The header has 29 bits for the length; parts of a record, for which the other three are, are nothing that readers of streams know. */
export const LONGEST_RECORD: number = 2 ** 29 - 1;

/**
 * Wraps bytes into one record.
 *
 * @param content - as many bytes as `length` says
 * @param length - at most {@link LONGEST_RECORD}
 */
export async function* asRecord(
  content: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<Uint8Array> {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(length, 4);
  yield header;
  yield* content;
  const zeros = -length & 3;
  if (zeros > 0) yield new Uint8Array(zeros);
}
