/** Bytes that come in chunks, taken in the amounts that a format has them in. */

/** Takes bytes off a stream. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  /** @param chunks - closed by {@link close} */
  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /**
   * The next bytes, as many as have come, one at least and `most` at most.
   *
   * @param options - `mayEnd`: none are returned at the end
   * @throws Error `Unexpected end of data`
   */
  async some(most: number, options: { readonly mayEnd?: boolean } = {}): Promise<Uint8Array> {
    while (this.#chunk.length === 0) {
      const { value, done } = await this.#chunks.next();
      if (done === true) {
        if (options.mayEnd === true) return new Uint8Array(0);
        throw new Error("Unexpected end of data");
      }
      this.#chunk = value;
    }
    const piece = this.#chunk.subarray(0, most);
    this.#chunk = this.#chunk.subarray(piece.length);
    return piece;
  }

  /**
   * So many bytes, of their own memory where they came in several chunks.
   *
   * @throws Error `Unexpected end of data`
   */
  async read(size: number): Promise<Buffer> {
    if (this.#chunk.length >= size) {
      const piece = this.#chunk.subarray(0, size);
      this.#chunk = this.#chunk.subarray(size);
      return Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    }
    const pieces: Uint8Array[] = [];
    for (let left = size; left > 0; ) {
      const piece = await this.some(left);
      left -= piece.length;
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  /**
   * Reads over so many bytes.
   *
   * @throws Error `Unexpected end of data`
   */
  async skip(size: number): Promise<void> {
    for (let left = size; left > 0; ) {
      left -= (await this.some(left)).length;
    }
  }

  /** Ends the stream. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
