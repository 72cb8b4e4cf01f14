/** Chromium without a window, for the pages of other people's programs. It is spoken to through pipes, in the protocol of its developer tools. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { eventually } from "../helpers/cloud-fixture.ts";
import { bareEnvironment } from "./child.ts";
import { lackingProgram } from "./installed.ts";

const COMMAND = "chromium";
/** `lacking` says why there is none here. */
export const CHROMIUM = { lacking: lackingProgram(COMMAND, ".ci/install-browser") };

/** Nothing but the page is to be asked of anybody. */
const FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];
const WIDTH = 1280;
const HEIGHT = 760;
/** A page of scripts on a machine that does much else. */
const SHOWN_WITHIN_MS = 90_000;

interface Answer {
  readonly id?: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever Chromium says
  readonly result?: any;
  readonly error?: { readonly message: string };
}

/** A browser with one page. */
export class Chromium {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #lastId = 0;
  #sessionId: string | undefined;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    let text = "";
    (child.stdio[4] as Readable).setEncoding("utf8").on("data", (some: string) => {
      const messages = (text + some).split("\0");
      text = messages.pop() ?? "";
      for (const message of messages) this.#take(JSON.parse(message) as Answer);
    });
    child.once("exit", () => {
      for (const id of this.#waiting.keys()) {
        this.#take({ id, error: { message: "Chromium has ended." } });
      }
    });
  }

  /** Starts a browser that knows nothing of anybody. */
  static async start(): Promise<Chromium> {
    const folder = await mkdtemp(join(tmpdir(), "chromium-"));
    const child = spawn(
      COMMAND,
      [...FLAGS, `--user-data-dir=${folder}/profile`, "--remote-debugging-pipe", "about:blank"],
      {
        stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
        // A group of its own, for the processes that it starts. All of them end with its pipes, too.
        detached: true,
        env: bareEnvironment(folder),
      },
    );
    const chromium = new Chromium(child, folder);
    const { targetInfos } = await chromium.#ask("Target.getTargets");
    const { targetId } = targetInfos.find(({ type }: { type: string }) => type === "page");
    const { sessionId } = await chromium.#ask("Target.attachToTarget", { targetId, flatten: true });
    chromium.#sessionId = sessionId;
    const size = { width: WIDTH, height: HEIGHT, deviceScaleFactor: 1, mobile: false };
    await chromium.#ask("Emulation.setDeviceMetricsOverride", size);
    return chromium;
  }

  /** Has a script run in each page before the page's own. */
  async beforeEachPage(source: string): Promise<void> {
    await this.#ask("Page.enable");
    await this.#ask("Page.addScriptToEvaluateOnNewDocument", { source });
  }

  /**
   * Opens a page and waits until it shows what it is asked for.
   *
   * @param url - the page
   * @param shows - an expression of the page that is true then
   * @returns the page's text
   */
  async open(url: string, shows: string): Promise<string> {
    // Addresses that differ after # only would be one page.
    await this.#ask("Page.navigate", { url: "about:blank" });
    await this.#ask("Page.navigate", { url });
    const asked = `(${shows}) ? document.body.innerText : undefined`;
    const what = `${shows} at ${url}`;
    return await eventually(async () => await this.#valueOf(asked), what, SHOWN_WITHIN_MS);
  }

  /** What is to be seen, as PNG. */
  async picture(): Promise<Buffer> {
    const { data } = await this.#ask("Page.captureScreenshot", { format: "png" });
    return Buffer.from(data, "base64");
  }

  /** Ends it, and forgets what it has seen. */
  async stop(): Promise<void> {
    const { pid } = this.#child;
    if (pid !== undefined && this.#isRunning) {
      const gone = once(this.#child, "exit");
      process.kill(-pid, "SIGKILL");
      await gone;
    }
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  get #isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What an expression is; `undefined` also while there is no page to ask, and where the expression fails: what it needs is still to come. */
  async #valueOf(expression: string): Promise<string | undefined> {
    try {
      const asked = { expression, returnByValue: true };
      return (await this.#ask("Runtime.evaluate", asked)).result?.value;
    } catch (error) {
      if (!this.#isRunning) throw error;
      return undefined;
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever Chromium says
  async #ask(method: string, params: object = {}): Promise<any> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    const session = this.#sessionId === undefined ? {} : { sessionId: this.#sessionId };
    (this.#child.stdio[3] as Writable).write(
      `${JSON.stringify({ id, method, params, ...session })}\0`,
    );
    const { result, error } = await answer;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  #take(answer: Answer): void {
    const { id = 0 } = answer;
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }
}
