/** LocalCloud: S3, SageMaker, CloudWatch and its Logs, STS and IAM on this machine, in the process or over HTTP. */

import { join, resolve } from "node:path";
import { readEnvironment } from "../environment.ts";
import { Session } from "../session.ts";
import type { LocalNote, Logger, SessionOptions } from "../session-options.ts";
import { requirePlatform } from "./platform.ts";
import { MetricStore } from "./services/cloudwatch/metric-store.ts";
import { CLOUDWATCH_NAMESPACE, cloudWatchServices } from "./services/cloudwatch/service.ts";
import { IAM_NAMESPACE, iamService } from "./services/iam/service.ts";
import { LogStore } from "./services/logs/log-store.ts";
import { logsService } from "./services/logs/service.ts";
import { managedMlflowService } from "./services/mlflow/managed.ts";
import { mlflowPlaces } from "./services/mlflow/places.ts";
import { mlflowService } from "./services/mlflow/service.ts";
import { ObjectStore } from "./services/s3/object-store.ts";
import { s3Service } from "./services/s3/service.ts";
import { type ImageContext, resolveImage } from "./services/sagemaker/images.ts";
import type { EngineChoice } from "./services/sagemaker/job.ts";
import { ENGINE_NOTE, notesOf } from "./services/sagemaker/job-notes.ts";
import { JobStore } from "./services/sagemaker/job-store.ts";
import { ManagedStore } from "./services/sagemaker/managed-mlflow/managed-store.ts";
import { PackageStore } from "./services/sagemaker/packages/package-store.ts";
import { sagemakerService } from "./services/sagemaker/service.ts";
import { KeyStore } from "./services/sts/key-store.ts";
import { issueForRole, STS_NAMESPACE, stsService } from "./services/sts/service.ts";
import { type SpotInterruptions, spotPlan } from "./spot-interruptions.ts";
import { makeStateRoot } from "./state-root.ts";
import { Upstream, withUpstream } from "./upstream.ts";
import { header } from "./wire/header.ts";
import { type Listening, type ListenOptions, listenHttp } from "./wire/http-server.ts";
import { type InProcessHandler, inProcessHandler } from "./wire/in-process.ts";
import type { WireRequest, WireResponse, WireService } from "./wire/message.ts";
import { router } from "./wire/router.ts";

/** How a local cloud is set up; everything may be left out. */
export interface LocalCloudOptions {
  /** The folder that holds its state, made by the first write. Default: `.sagemaker-local` in the working folder. */
  readonly root?: string;
  /**
   * How a job's program is run: `sandbox` gives it an `/opt/ml` of its own, `process` none, `auto` takes the best there is;
   * `bubblewrap`, `unshare` and `proot` are the sandboxes by name. What an engine cannot do it refuses. Default: `auto`.
   */
  readonly engine?: EngineChoice;
  /** Which program folder stands for an image: `{ "glm:1.0": "examples/glm/container" }`. Relative to the working folder. */
  readonly images?: Readonly<Record<string, string>>;
  /** Folders under which any program folder may be named as an image by requests over HTTP. Default: none. */
  readonly imageRoots?: readonly string[];
  /** The folder in which its MLflow tracking server keeps runs. Default: `mlruns` below `root`. */
  readonly mlflowFolder?: string;
  /** The account's number, 12 digits. Default: `123456789012`. */
  readonly account?: string;
  /** The region. Default: `us-east-1`. */
  readonly region?: string;
  /**
   * Where objects are read from that are not in the local S3: one that is asked for, and all under the prefix of a job's input when there is
   * nothing under it here. They are kept here then, and stay as they were; lists show only what is here. Nothing is ever written there.
   * Default: nowhere.
   */
  readonly upstream?: Session;
  /** Seconds between SIGTERM and SIGKILL when a job is stopped. Default: 120, as SageMaker has it. */
  readonly stopGraceSeconds?: number;
  /**
   * When the instances of jobs with `useSpotInstances` are reclaimed, to see whether a program goes on from its checkpoints.
   * Default: never.
   */
  readonly spotInterruptions?: SpotInterruptions;
  /** Takes the cloud's own words, and those of its sessions unless they have a logger of their own. Default: none. */
  readonly logger?: Logger;
}

/** Temporary keys of a role, as {@link LocalCloud.issueCredentials} gives them. */
export interface IssuedCredentials {
  /** The key's id. */
  readonly accessKeyId: string;
  /** The key itself: a secret. */
  readonly secretAccessKey: string;
  /** Goes with each request. */
  readonly sessionToken: string;
  /** When they expire. */
  readonly expiration: Date;
}

/**
 * An AWS of its own on this machine: S3, SageMaker training jobs, CloudWatch and its Logs, STS and IAM in their own wire protocols,
 * with its state in a folder that any number of processes may share. Making one does nothing yet, and calls that only read
 * leave no trace: a folder that is not there is an account without anything in it.
 *
 * @example
 * ```ts
 * const cloud = new LocalCloud({ images: { "glm:1.0": "examples/glm/container" } });
 * const estimator = new Estimator({ session: cloud.session(), imageUri: "glm:1.0", instanceType: "local" });
 * ```
 */
export class LocalCloud {
  /** The folder that holds its state (absolute). */
  readonly root: string;
  /** The account's number. */
  readonly account: string;
  /** The region. */
  readonly region: string;
  /** What a client of the AWS SDK takes as `requestHandler` to speak to this cloud without a port. */
  readonly requestHandler: InProcessHandler;
  readonly #keys: KeyStore;
  readonly #jobs: JobStore;
  /** The addresses at which it listens in this process. */
  readonly #addresses = new Set<string>();
  /** Which ways of running jobs were told, and of which job. */
  readonly #enginesTold = new Map<string, string>();
  readonly #services: WireService;
  readonly #imageContext: ImageContext;
  readonly #logger: Logger | undefined;
  readonly #readsUpstream: boolean;
  readonly #engine: EngineChoice;

  /**
   * @param options - everything may be left out
   * @throws SageMakerError on native Windows, and when `spotInterruptions` has times that are none
   */
  constructor(options: LocalCloudOptions = {}) {
    requirePlatform(process.platform);
    const { account = "123456789012", region = "us-east-1", root = ".sagemaker-local" } = options;
    this.root = resolve(root);
    this.account = account;
    this.region = region;
    this.requestHandler = inProcessHandler((request) => this.handle(request));
    this.#logger = options.logger;
    this.#engine = options.engine ?? "auto";
    const make = (): void => makeStateRoot(this.root);
    this.#keys = new KeyStore(join(this.root, "keys"), make);
    this.#jobs = new JobStore(join(this.root, "sagemaker"), make);
    const objects = new ObjectStore(join(this.root, "s3"), make);
    const managed = new ManagedStore(join(this.root, "sagemaker"), make);
    const logs = new LogStore(join(this.root, "logs"), make);
    const metrics = new MetricStore(join(this.root, "cloudwatch"), make);
    const cloudWatch = cloudWatchServices({ jobs: this.#jobs, metrics });
    const where = { account, region };
    const endpoint = (request: WireRequest): string | undefined => this.#endpoint(request);
    this.#imageContext = {
      images: options.images ?? {},
      imageRoots: options.imageRoots ?? [],
      workingFolder: process.cwd(),
    };
    const { upstream: behind } = options;
    this.#readsUpstream = behind !== undefined;
    const upstream = behind && new Upstream(objects, region, async () => await behind.clients.s3());
    const s3 = s3Service({ ...where, store: objects });
    this.#services = router(
      {
        json: {
          SageMaker: sagemakerService({
            ...where,
            root: this.root,
            jobs: this.#jobs,
            packages: new PackageStore(join(this.root, "sagemaker"), make),
            managed,
            endpoint,
            objects,
            ...this.#imageContext,
            engine: this.#engine,
            stopGraceSeconds: options.stopGraceSeconds ?? 120,
            spotInterruptions: options.spotInterruptions && spotPlan(options.spotInterruptions),
            upstream,
          }),
          Logs_20140328: logsService({ ...where, store: logs }),
          GraniteServiceVersion20100801: cloudWatch.json,
        },
        cbor: { GraniteServiceVersion20100801: cloudWatch.cbor },
        query: {
          "2011-06-15": {
            service: stsService({ keys: this.#keys, account }),
            namespace: STS_NAMESPACE,
          },
          "2010-08-01": { service: cloudWatch.query, namespace: CLOUDWATCH_NAMESPACE },
          "2010-05-08": { service: iamService({ account }), namespace: IAM_NAMESPACE },
        },
        mlflow: mlflowService(
          mlflowPlaces(resolve(options.mlflowFolder ?? join(this.root, "mlruns")), { make }),
          { region, objects, endpoint },
        ),
        managedMlflow: managedMlflowService({ ...where, managed, objects, endpoint }),
        s3: upstream === undefined ? s3 : withUpstream(s3, upstream),
      },
      this.#keys,
    );
  }

  /**
   * Answers one request, whichever way it came.
   *
   * @param request - as it came over the wire
   */
  async handle(request: WireRequest): Promise<WireResponse> {
    const response = await this.#services(request);
    const { method, host, path } = request;
    // Not the query: a presigned URL has its signature there.
    const what = header(request, "x-amz-target") ?? `${method} ${host}${path}`;
    if (response.status < 500) this.#logger?.debug(`${what}: ${response.status}`);
    else this.#logger?.warn(`The local cloud failed to answer ${what}: ${response.status}`);
    return response;
  }

  /**
   * Listens over HTTP, for containers and for any other AWS client. Any credentials are taken, and whoever reaches the port
   * can start the programs of `images` and `imageRoots` as this user: so it binds this machine's own address, refuses web pages
   * and foreign host names, and binds elsewhere only with `allowRemote`.
   *
   * @throws SageMakerError when `host` is not loopback and `allowRemote` is not set, and when the port cannot be had
   *
   * @example
   * ```ts
   * const server = await cloud.listen();
   * console.log(`AWS_ENDPOINT_URL=${server.url}`);
   * await server.close();
   * ```
   */
  async listen(options: ListenOptions = {}): Promise<Listening> {
    const listening = await listenHttp((request) => this.handle(request), options);
    const forget = (): void => void this.#addresses.delete(listening.url);
    this.#addresses.add(listening.url);
    options.signal?.addEventListener("abort", forget, { once: true });
    return {
      ...listening,
      close: async () => {
        forget();
        await listening.close();
      },
    };
  }

  /**
   * A session whose clients speak to this cloud in the process.
   *
   * @param options - as for `new Session()`; region, credentials and request handler are the cloud's own
   */
  session(
    options: Omit<
      SessionOptions,
      "region" | "credentials" | "profile" | "roleArn" | "endpoint"
    > = {},
  ): Session {
    const { root, account, region, requestHandler } = this;
    return new Session({
      ...(this.#logger && { logger: this.#logger }),
      ...options,
      region,
      // Any keys are taken; these say in logs and errors where they belong.
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
      clientConfig: { ...options.clientConfig, requestHandler },
      local: {
        root,
        account,
        region,
        readsUpstream: this.#readsUpstream,
        program: (image) => this.#program(image),
        notes: (jobName) => this.#notes(jobName),
        isolatesNetwork: () => this.#isolatesNetwork(),
      },
    });
  }

  /**
   * Issues temporary keys of a role, as AssumeRole does but for any time. Signatures made with them are checked.
   *
   * @param options - `roleArn`: whose; `sessionName`: default `local`; `durationSeconds`: default 3600
   */
  async issueCredentials(
    options: {
      readonly roleArn?: string;
      readonly sessionName?: string;
      readonly durationSeconds?: number;
    } = {},
  ): Promise<IssuedCredentials> {
    const {
      roleArn = `arn:aws:iam::${this.account}:role/local`,
      sessionName = "local",
      durationSeconds = 3600,
    } = options;
    const key = await issueForRole(this.#keys, { roleArn, sessionName, durationSeconds });
    const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = key;
    return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(expiresAt) };
  }

  /** Whoever came over HTTP comes back the same way. */
  #endpoint({ origin, headers }: WireRequest): string | undefined {
    if (origin === "http") return `http://${headers["host"]}`;
    const [first] = this.#addresses;
    return first;
  }

  /** The program folder of an image, if there is one. */
  async #program(image: string): Promise<string | undefined> {
    return await resolveImage(image, "in-process", this.#imageContext).catch(() => undefined);
  }

  /** What the runner noted of a job. The engine is told once for each way of running jobs, not for each job. */
  async #notes(jobName: string): Promise<LocalNote[]> {
    const record = await this.#jobs.record(jobName);
    const notes = notesOf(record?.request, await this.#jobs.entries(jobName));
    return notes.filter(({ code, message }) => {
      if (code !== ENGINE_NOTE) return true;
      const first = this.#enginesTold.get(message) ?? jobName;
      this.#enginesTold.set(message, first);
      return first === jobName;
    });
  }

  /** Asked only where it matters: engines are tried for the answer. */
  async #isolatesNetwork(): Promise<boolean> {
    const { chooseEngine } = await import("./engine/choose.ts");
    try {
      const { engine } = await chooseEngine(this.#engine, readEnvironment().path);
      return engine.refusal({ hosts: 1, networkIsolation: true }) === undefined;
    } catch {
      // Without any engine no job runs, and says why.
      return true;
    }
  }
}
