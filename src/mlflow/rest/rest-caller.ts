/** Calls of MLflow's REST API: JSON out and in, signed or with a password, tried again, errors in MLflow's words. */

import { SageMakerError } from "../../errors.ts";
import { MlflowError } from "../core/mlflow-error.ts";
import { type Json, toSnakeCase } from "../core/wire-json.ts";
import type { HttpRequest, HttpResponse, Send } from "./http.ts";
import { readText } from "./http.ts";
import { type Attempt, isPassing, type RetryOptions, retryAfterMs, withRetries } from "./retry.ts";

/** Adds to a request what lets it in: a password, a token, a signature. Asked anew for each attempt. */
export type Authorize = (request: HttpRequest) => Promise<HttpRequest>;

/** Where a server is, and how it is spoken to. */
export interface ServerOptions {
  /** Its address without `/api/…`: `https://mlflow.example.com/team`. */
  readonly url: string;
  /** What messages call it. Default: its address. */
  readonly name?: string;
  /** What to do when it lets nobody in (401, 403). Default: words on passwords and tokens. */
  readonly denied?: string;
  readonly send: Send;
  readonly authorize: Authorize;
  readonly retry?: RetryOptions;
}

/** A request of the API. */
export interface RestCall {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `/api/2.0/mlflow/`: `runs/create`. */
  readonly path: string;
  /** Its fields, in our spelling; `undefined` ones are left out. A `GET` has them in its query. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal | undefined;
}

const OTHER_CREDENTIALS =
  "it wants other credentials. Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, or give them to the client.";

/** The fields of an answer, in MLflow's spelling. */
export type Answer = Record<string, unknown>;

/** A server, for calls of JSON and for raw bodies. */
export class RestCaller {
  readonly #options: ServerOptions;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** The server's address, for messages and links: without user and password. */
  get address(): string {
    const url = new URL(this.#options.url);
    url.username = "";
    url.password = "";
    return url.href.replace(/\/$/, "");
  }

  get #name(): string {
    return this.#options.name ?? this.address;
  }

  /**
   * A call of JSON.
   *
   * @returns the answer's fields, in MLflow's spelling
   * @throws MlflowError in the server's words; or `UNAVAILABLE` when none answered
   */
  async call(call: RestCall): Promise<Answer> {
    return await withRetries(() => this.#once(call), this.#options.retry ?? {}, call.signal);
  }

  /**
   * A call that must not be carried out twice: before each further attempt it is looked for what the one before has done without an
   * answer.
   *
   * @param call - what is to be done
   * @param look - finds what was done, by a mark that the call has left on it
   * @param found - the call's own answer, made of what was found; `undefined` when nothing was
   */
  async callOnce(
    call: RestCall,
    look: RestCall,
    found: (looked: Answer) => Answer | undefined,
  ): Promise<Answer> {
    const attempt = async (number: number): Promise<Attempt<Answer>> => {
      if (number > 0) {
        const looked = await this.#once(look);
        if (!("done" in looked)) return looked;
        const done = found(looked.done);
        if (done !== undefined) return { done };
      }
      return await this.#once(call);
    };
    return await withRetries(attempt, this.#options.retry ?? {}, call.signal);
  }

  async #once({ method, path, fields = {}, signal }: RestCall): Promise<Attempt<Answer>> {
    const message = toSnakeCase(fields) as Record<string, Json>;
    const url = this.url(`/api/2.0/mlflow/${path}`);
    const inQuery = method === "GET";
    if (inQuery) {
      appendQuery(url, message);
    }
    const request: HttpRequest = {
      method,
      url,
      headers: {
        accept: "application/json",
        ...(!inQuery && { "content-type": "application/json; charset=utf-8" }),
      },
      ...(!inQuery && { body: JSON.stringify(message) }),
      signal,
    };
    const outcome = await this.#attempt(request);
    if (!("done" in outcome)) return outcome;
    let text: string;
    try {
      text = await readText(outcome.done);
    } catch (error) {
      signal?.throwIfAborted();
      return { error: this.#noAnswer(request, error) };
    }
    try {
      return { done: JSON.parse(text === "" ? "{}" : text) as Answer };
    } catch (error) {
      throw new MlflowError(
        "INVALID_RESPONSE",
        `${this.#name} answered ${path} with what is no JSON: is it an MLflow tracking server? It begins: ${excerpt(text)}`,
        { status: outcome.done.status, cause: error },
      );
    }
  }

  /** A URL of this server, from a path that begins with `/`. */
  url(path: string): URL {
    return new URL(`${this.#options.url.replace(/\/+$/, "")}${path}`);
  }

  /**
   * Any request to this server, tried again where that may help.
   *
   * @param request - with a body that can be sent again, or a function that makes it anew
   * @returns the answer, when its status is below 400; whoever asked reads or destroys its body
   */
  async request(
    request: HttpRequest | ((attempt: number) => HttpRequest),
    retry: RetryOptions = this.#options.retry ?? {},
  ): Promise<HttpResponse> {
    const signal = typeof request === "function" ? request(-1).signal : request.signal;
    return await withRetries(
      (number) => this.#attempt(typeof request === "function" ? request(number) : request),
      retry,
      signal,
    );
  }

  async #attempt(request: HttpRequest): Promise<Attempt<HttpResponse>> {
    const { send, authorize } = this.#options;
    const authorized = await authorize(request);
    let response: HttpResponse;
    try {
      response = await send(authorized);
    } catch (error) {
      request.signal?.throwIfAborted();
      if (SageMakerError.isInstance(error)) {
        throw error;
      }
      return { error: this.#noAnswer(request, error) };
    }
    if (response.status < 400) {
      return { done: response };
    }
    const error = await this.#refusal(request, response);
    if (!isPassing(response.status) || error.errorCode === "INVALID_PARAMETER_VALUE") {
      throw error;
    }
    return { error, waitMs: retryAfterMs(response.headers["retry-after"]) };
  }

  #noAnswer({ method, url }: HttpRequest, cause: unknown): MlflowError {
    const { message, code } = cause as NodeJS.ErrnoException;
    // An error of several addresses has no message of its own.
    const why = message || code || "no connection";
    return new MlflowError(
      "UNAVAILABLE",
      `The MLflow server ${this.#name} did not answer ${method} ${url.pathname}: ${why}. Check the tracking URI, and that the server runs and is reached from here.`,
      { cause },
    );
  }

  /** Errors of MLflow's own are JSON; of a proxy, a sign-in or a crash they may be anything. */
  async #refusal({ method, url }: HttpRequest, response: HttpResponse): Promise<MlflowError> {
    const text = await readText(response, 2 ** 20).catch(() => "");
    const { status } = response;
    const told = parseError(text);
    if (told !== undefined) {
      return new MlflowError(told.code, told.message, { status });
    }
    const where = `${this.#name} answered ${method} ${url.pathname} with status ${status}`;
    if (status === 401 || status === 403) {
      const { denied } = this.#options;
      const what = denied === undefined ? OTHER_CREDENTIALS : `${excerpt(text)}. ${denied}`;
      return new MlflowError(
        status === 401 ? "UNAUTHENTICATED" : "PERMISSION_DENIED",
        `${where}: ${what}`,
        { status },
      );
    }
    const code =
      status === 404 ? "ENDPOINT_NOT_FOUND" : status >= 500 ? "INTERNAL_ERROR" : "BAD_REQUEST";
    return new MlflowError(code, `${where}: ${excerpt(text)}`, { status });
  }
}

/**
 * MLflow's own server over a folder: a metric is a file there, and its name too long, or one goes on behind another after a `/`. It says so
 * as a failure of its own; it would fail each time.
 */
const NO_FILE = /^\[Errno \d+\] (?:Not a directory|Is a directory|File exists|File name too long)/;

function parseError(text: string): { code: string; message: string } | undefined {
  try {
    const { error_code: code, message } = JSON.parse(text) as Record<string, unknown>;
    if (typeof code !== "string") return undefined;
    const words = String(message ?? code);
    return NO_FILE.test(words)
      ? { code: "INVALID_PARAMETER_VALUE", message: `A name cannot be a file's: ${words}` }
      : { code, message: words };
  } catch {
    return undefined;
  }
}

/** Pages of HTML, as words. */
function excerpt(text: string): string {
  const words = text
    .replace(/<(style|script|title)[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return words === "" ? "(nothing)" : words.slice(0, 200);
}

function appendQuery(url: URL, message: Record<string, Json>): void {
  for (const [name, value] of Object.entries(message)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      url.searchParams.append(name, String(each));
    }
  }
  // As signatures have it: some of their readers take what was sent, and do not encode it anew.
  url.search = url.search.replaceAll("+", "%20").replaceAll("*", "%2A").replaceAll("%7E", "~");
}
