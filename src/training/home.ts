/** The default bucket, asked for only where something goes there. */

import type { Session } from "../session.ts";

/** Where what names no bucket goes. */
export interface Home {
  /** The default bucket's name, whether it exists or not. */
  readonly bucket: string;
  /** The prefix in it, without slashes at its ends. */
  readonly prefix: string;
  /** The account that must own the bucket, where its name can be guessed. */
  readonly expectedBucketOwner: string | undefined;
}

/** Resolves the default bucket once, and remembers whether anybody needed it. */
export class LazyHome {
  readonly #session: Session;
  readonly #signal: AbortSignal | undefined;
  #home: Promise<Home> | undefined;

  constructor(session: Session, signal: AbortSignal | undefined) {
    this.#session = session;
    this.#signal = signal;
  }

  /** Something goes to the default bucket, which must be there before it is used. */
  get isNeeded(): boolean {
    return this.#home !== undefined;
  }

  /** The default bucket. */
  get(): Promise<Home> {
    this.#home ??= this.#resolve();
    return this.#home;
  }

  async #resolve(): Promise<Home> {
    const options = this.#signal === undefined ? {} : { signal: this.#signal };
    return {
      bucket: await this.#session.defaultBucketName(options),
      prefix: await this.#session.defaultBucketPrefix(options),
      expectedBucketOwner: await this.#session.defaultBucketOwner(options),
    };
  }
}
