/** What the operations of tracking servers and of apps have in common. */

import { pathToFileURL } from "node:url";
import { type ManagedKind, managedArn } from "../../../../mlflow/core/managed.ts";
import type { StructureShape } from "../../../../training/constraints.ts";
import { checked, known } from "../../../wire/json-input.ts";
import type { WireRequest } from "../../../wire/message.ts";
import { ServiceError } from "../../../wire/service-error.ts";
import { hasCode } from "../../s3/node-errors.ts";
import type { SageMakerContext } from "../context.ts";
import { seconds } from "../describe-training-job.ts";
import { type Page, type PageQuery, pageOf } from "../page.ts";
import { checkTags } from "../tags.ts";
import type { Tag } from "../training-request.ts";
import { linkTo, placeOf } from "./link.ts";
import type { ManagedServer } from "./managed-store.ts";

/** Members of a request, in the service's spelling. */
export type Input = Readonly<Record<string, unknown>>;

const INVALID = "ValidationException";
/** How a sentence begins that is about one. */
export const AN: Readonly<Record<ManagedKind, string>> = {
  "mlflow-tracking-server": "An MLflow tracking server",
  "mlflow-app": "An MLflow app",
};
/** Of a link, and of what it opens, in seconds: the service names no defaults. */
const LINK_LASTS = 300;
const SESSION_LASTS = 1800;

/** One that is known to be there. */
export interface Found {
  readonly arn: string;
  readonly server: ManagedServer;
}

/** The operations' own calls on one kind. */
export class Managed {
  readonly kind: ManagedKind;
  readonly #context: SageMakerContext;

  constructor(kind: ManagedKind, context: SageMakerContext) {
    this.kind = kind;
    this.#context = context;
  }

  /** What is asked, once it has the shape that the service's model gives it; of members that it does not have nothing stays. */
  input<T extends Input>(shape: StructureShape, given: Input): T {
    const input = known(shape, checked<T>(shape, given, INVALID)) as T;
    const { ArtifactStoreUri: uri } = input;
    if (uri !== undefined && !/^s3:\/\/[^/]/.test(String(uri))) {
      throw invalid(
        `ArtifactStoreUri must be in S3, as s3://BUCKET/PREFIX, and not ${String(uri)}`,
      );
    }
    return input;
  }

  arn(id: string): string {
    return managedArn(this.kind, this.#context, id);
  }

  /** @throws ServiceError `ValidationException` when the name is taken */
  async create(id: string, members: Input, tags: readonly Tag[] = []): Promise<string> {
    checkTags({}, tags, AN[this.kind]);
    const made = await this.#context.managed.create(this.kind, id, {
      members,
      tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])),
    });
    if (!made) {
      throw invalid(
        `${AN[this.kind]} needs a name of its own within an AWS account and region, and there is one of this name (${this.arn(id)})`,
      );
    }
    return this.arn(id);
  }

  /** @throws ServiceError `ResourceNotFound` */
  async require(id: string): Promise<Found> {
    const server = await this.#context.managed.find(this.kind, id);
    if (server === undefined) throw this.#notFound(this.arn(id));
    return { arn: this.arn(id), server };
  }

  /** @throws ServiceError `ResourceNotFound`, also of other accounts and regions */
  async requireArn(arn: string): Promise<Found> {
    const id = arn.slice(arn.lastIndexOf("/") + 1);
    if (arn !== this.arn(id)) throw this.#notFound(arn);
    return await this.require(id);
  }

  /** What is undefined stays as it is. */
  async change(id: string, members: Input): Promise<void> {
    await this.#onOne(id, this.#context.managed.change(this.kind, id, { members }));
  }

  async remove(id: string): Promise<void> {
    await this.#onOne(id, this.#context.managed.remove(this.kind, id));
  }

  /** Somebody else may have removed it meanwhile. */
  async #onOne(id: string, work: Promise<void>): Promise<void> {
    await work.catch((error: unknown) => {
      throw hasCode(error, "ENOENT") ? this.#notFound(this.arn(id)) : error;
    });
  }

  /** A page of those of the kind, with the newest first. */
  async page(
    query: PageQuery & {
      readonly CreatedAfter?: number;
      readonly CreatedBefore?: number;
      readonly MlflowVersion?: string;
      readonly SortBy?: "Name" | "CreationTime" | "Status";
    },
    facts: (server: ManagedServer) => { readonly name: string; readonly status: unknown },
    isWanted: (server: ManagedServer) => boolean,
  ): Promise<Page<ManagedServer>> {
    const { SortBy: by = "CreationTime", SortOrder: order = "Descending" } = query;
    const all = await this.#context.managed.list(this.kind);
    const wanted = all.filter(
      (server) =>
        seconds(server.createdAt) > (query.CreatedAfter ?? Number.NEGATIVE_INFINITY) &&
        seconds(server.createdAt) < (query.CreatedBefore ?? Number.POSITIVE_INFINITY) &&
        isAny(query.MlflowVersion, server.members["MlflowVersion"]) &&
        isWanted(server),
    );
    return pageOf(
      wanted,
      (server) => {
        const { name, status } = facts(server);
        const keys = { Name: name, CreationTime: server.createdAt, Status: String(status) };
        return [keys[by], server.id];
      },
      { ...query, SortOrder: order },
    );
  }

  /** Where it is reached by HTTP; where nobody listens, the folder of its runs. */
  url(server: ManagedServer, request: WireRequest): string {
    const endpoint = this.#context.endpoint(request);
    return endpoint === undefined
      ? pathToFileURL(server.runs).href
      : placeOf(endpoint, this.kind, server.id);
  }

  /** A link for a browser, which lets in for a while. */
  link(server: ManagedServer, input: Input, request: WireRequest): Input {
    const endpoint = this.#context.endpoint(request);
    if (endpoint === undefined) {
      throw invalid(
        `The local cloud does not listen, so no URL leads to ${this.arn(server.id)}. Call listen() on it, or log to the ARN.`,
      );
    }
    const {
      ExpiresInSeconds: expires = LINK_LASTS,
      SessionExpirationDurationInSeconds: session = SESSION_LASTS,
    } = input as { ExpiresInSeconds?: number; SessionExpirationDurationInSeconds?: number };
    return { AuthorizedUrl: linkTo(endpoint, this.kind, server, { expires, session }) };
  }

  #notFound(arn: string): ServiceError {
    return new ServiceError(
      "ResourceNotFound",
      `${AN[this.kind]} of this ARN does not exist: ${arn}`,
    );
  }
}

/** The service's times. */
export function times({ createdAt, lastModified }: ManagedServer): Input {
  return { CreationTime: seconds(createdAt), LastModifiedTime: seconds(lastModified) };
}

/** Whether a filter lets a value through. */
export function isAny(wanted: unknown, found: unknown): boolean {
  return wanted === undefined || wanted === found;
}

function invalid(message: string): ServiceError {
  return new ServiceError(INVALID, message);
}
