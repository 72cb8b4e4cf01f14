/** An AWS account behind its permissions: every call is noted as IAM sees it, and answered only if the policy of the moment allows it. */

import type { Policy } from "../../docs/policy-document.ts";
import { LocalCloud } from "../../src/local/local-cloud.ts";
import { LogStore } from "../../src/local/services/logs/log-store.ts";
import { logsService } from "../../src/local/services/logs/service.ts";
import { inProcessHandler } from "../../src/local/wire/in-process.ts";
import type { WireRequest, WireResponse, WireService } from "../../src/local/wire/message.ts";
import { Session } from "../../src/session.ts";
import type { SessionOptions } from "../../src/session-options.ts";
import { LOG_GROUP } from "../../src/training/log-group.ts";
import { ACCOUNT, AccountWire, REGION } from "./account-wire.ts";
import { FinishedJobs } from "./finished-jobs.ts";
import { allows, allowsCall, type IamCall } from "./iam-policy.ts";
import { mlflowAction } from "./mlflow-actions.ts";

/** S3 and the model registry are a local cloud's, SageMaker completes jobs at once; STS, IAM, ECR, quotas and prices are an account's of the test. */
export class PermissionWire {
  readonly account: AccountWire = new AccountWire();
  readonly jobs: FinishedJobs = new FinishedJobs(`arn:aws:sagemaker:${REGION}:${ACCOUNT}`);
  /** Every call. */
  readonly calls: IamCall[] = [];
  /** The calls that the policy did not allow. */
  readonly denied: IamCall[] = [];
  /** What the caller may do. Default: everything. */
  policy: Policy | undefined;
  /** Another answer than the service's. */
  fault: (call: IamCall) => WireResponse | undefined = () => undefined;
  readonly #cloud: LocalCloud;
  readonly #logs: LogStore;
  readonly #logsService: WireService;

  /** @param root - a folder for what lies in S3 and in the logs */
  constructor(root: string) {
    this.#cloud = new LocalCloud({ root, account: ACCOUNT, region: REGION });
    this.#logs = new LogStore(`${root}/job-logs`);
    this.#logsService = logsService({ store: this.#logs, account: ACCOUNT, region: REGION });
  }

  /** A session of the caller; without defaults from files unless there are options. */
  session(options: SessionOptions = { sagemakerConfig: false }): Session {
    return new Session({
      ...{ region: REGION, credentials: { accessKeyId: "test", secretAccessKey: "test" } },
      ...options,
      clientConfig: {
        maxAttempts: 1,
        requestHandler: inProcessHandler(async (request) => await this.#handle(request)),
      },
    });
  }

  /** A session of somebody who may do everything, and whose calls are not noted. */
  admin(): Session {
    return this.#cloud.session();
  }

  /** Has a job print a line. */
  print(job: string, message: string): void {
    this.#logs.append(LOG_GROUP, `${job}/algo-1-1`, [{ timestamp: Date.now(), message }]);
  }

  async #handle(request: WireRequest): Promise<WireResponse> {
    const service = serviceOf(request);
    // A presigned URL needs no permission of its own.
    if (service === undefined) return await this.account.handle(request);
    const { call, input } = iamCall(service, request);
    this.calls.push(call);
    const refusal = this.policy && whatIsDenied(this.policy, call, input);
    if (refusal !== undefined) return this.#deny(service, refusal);
    const response = this.fault(call) ?? (await this.#answer(service, request, call, input));
    return this.#mayMiss(call, response) ? response : this.#deny(service, call);
  }

  async #answer(
    service: string,
    request: WireRequest,
    { operation }: IamCall,
    input: Readonly<Record<string, unknown>>,
  ): Promise<WireResponse> {
    switch (service) {
      case "s3":
      case "sagemaker-mlflow":
        return await this.#cloud.handle(request);
      case "sagemaker":
        return operation === APP_CALL || isOfRegistry(operation, input)
          ? await this.#cloud.handle(request)
          : this.jobs.handle(operation.replace("sagemaker:", ""), input);
      case "logs":
        return await this.#logsService(request);
      default:
        return operation === "sts:AssumeRole"
          ? await this.#cloud.handle(request)
          : await this.account.handle(request);
    }
  }

  #deny(service: string, call: IamCall): WireResponse {
    this.denied.push(call);
    return refused(service, call);
  }

  /** That an object is not there, S3 tells those alone who may list the bucket. */
  #mayMiss({ operation, resource }: IamCall, { status }: WireResponse): boolean {
    const isRead = operation === "s3:HeadObject" || operation === "s3:GetObject";
    if (this.policy === undefined || !isRead || status !== 404) return true;
    return allows(this.policy, "s3:ListBucket", resource.replace(/\/.*/, ""));
  }
}

/** The call itself, or what the service looks at besides when it creates a job. */
function whatIsDenied(
  policy: Policy,
  call: IamCall,
  input: Readonly<Record<string, unknown>>,
): IamCall | undefined {
  const creates = call.operation === "sagemaker:CreateTrainingJob";
  const all = [
    call,
    ...(creates ? [{ operation: "iam:PassRole", resource: `${input["RoleArn"]}` }] : []),
    ...(creates && "Tags" in input ? [{ ...call, operation: "sagemaker:AddTags" }] : []),
  ];
  return all.find((one) => !allowsCall(policy, one));
}

/** The model registry is a local cloud's. */
function isOfRegistry(operation: string, input: Readonly<Record<string, unknown>>): boolean {
  return operation.includes("ModelPackage") || /:model-package/.test(`${input["ResourceArn"]}`);
}

/** The service that a request is signed for. */
function serviceOf({ headers }: WireRequest): string | undefined {
  return /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\/aws4_request/.exec(
    String(headers["authorization"]),
  )?.[1];
}

function iamCall(
  service: string,
  request: WireRequest,
): { call: IamCall; input: Readonly<Record<string, unknown>> } {
  if (service === "s3") return { call: s3Call(request), input: {} };
  const mlflow = mlflowCall(request);
  if (mlflow !== undefined) return { call: mlflow, input: {} };
  const text = Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "";
  const target = new Map(Object.entries(request.headers)).get("x-amz-target");
  const input: Readonly<Record<string, unknown>> =
    target === undefined
      ? Object.fromEntries(new URLSearchParams(text))
      : (JSON.parse(text) as Record<string, unknown>);
  const operation = target === undefined ? `${input["Action"]}` : target.replace(/^.*\./, "");
  const resource = resourceOf(service, operation, input);
  return { call: { operation: `${service}:${operation}`, resource }, input };
}

function resourceOf(
  service: string,
  operation: string,
  input: Readonly<Record<string, unknown>>,
): string {
  const of = (kind: string, ...parts: readonly unknown[]): string =>
    `arn:aws:${service}:${REGION}:${ACCOUNT}:${[kind, ...parts].join("/")}`;
  switch (service) {
    case "sagemaker":
      if ("ResourceArn" in input) return `${input["ResourceArn"]}`;
      if ("TrainingJobName" in input) return of("training-job", input["TrainingJobName"]);
      if ("ModelPackageArn" in input) return `${input["ModelPackageArn"]}`;
      if ("ModelPackageName" in input) return `${input["ModelPackageName"]}`;
      if ("ModelPackageGroupName" in input) {
        const kind = operation === "ListModelPackages" ? "model-package" : "model-package-group";
        return of(kind, input["ModelPackageGroupName"]);
      }
      if ("NotebookInstanceName" in input) {
        return of("notebook-instance", input["NotebookInstanceName"]);
      }
      if ("SpaceName" in input) return of("space", input["DomainId"], input["SpaceName"]);
      if ("UserProfileName" in input) {
        return of("user-profile", input["DomainId"], input["UserProfileName"]);
      }
      return "DomainId" in input ? of("domain", input["DomainId"]) : "*";
    case "logs":
      return of(
        `log-group:${input["logGroupName"]}:${operation === "GetLogEvents" ? `log-stream:${input["logStreamName"]}` : ""}`,
      );
    case "ecr":
      return `arn:aws:ecr:${REGION}:${input["registryId"]}:repository/${input["repositoryName"]}`;
    case "iam":
      return operation === "SimulatePrincipalPolicy"
        ? `${input["PolicySourceArn"]}`
        : `arn:aws:iam::${ACCOUNT}:role/${input["RoleName"]}`;
    case "sts":
      return operation === "AssumeRole" ? `${input["RoleArn"]}` : "*";
    default:
      return "*";
  }
}

function s3Call(request: WireRequest): IamCall {
  const { host, path, query, headers } = request;
  const bucket = host.replace(/\.s3[.-].*$/, "");
  const source = new Map(Object.entries(headers)).get("x-amz-copy-source");
  return {
    operation: `s3:${s3Operation(request)}`,
    resource: `arn:aws:s3:::${bucket}${path === "/" ? "" : decodeURIComponent(path)}`,
    ...(source !== undefined && {
      source: `arn:aws:s3:::${decodeURIComponent(source).replace(/^\//, "")}`,
    }),
    ...("list-type" in query && { prefix: String(query["prefix"]) }),
  };
}

function s3Operation({ method, path, query, headers }: WireRequest): string {
  if (path === "/") {
    if (method === "PUT")
      return "publicAccessBlock" in query ? "PutPublicAccessBlock" : "CreateBucket";
    if (method === "GET" && "list-type" in query) return "ListObjectsV2";
    return method === "HEAD" ? "HeadBucket" : `${method} a bucket`;
  }
  switch (method) {
    case "HEAD":
      return "HeadObject";
    case "GET":
      return "GetObject";
    case "PUT":
      if ("x-amz-copy-source" in headers) return "CopyObject";
      return "uploadId" in query ? "UploadPart" : "PutObject";
    case "POST":
      return "uploads" in query ? "CreateMultipartUpload" : "CompleteMultipartUpload";
    default:
      return "uploadId" in query ? "AbortMultipartUpload" : `${method} an object`;
  }
}

/** The one action of a managed app. */
const APP_CALL = "sagemaker:CallMlflowAppApi";
/** A call of managed MLflow, by the header that names the server. */
function mlflowCall({ headers, method, path }: WireRequest): IamCall | undefined {
  const { "x-sm-mlflow-app-arn": app, "x-mlflow-sm-tracking-server-arn": server } =
    headers as Readonly<Partial<Record<string, string>>>;
  if (app !== undefined) return { operation: APP_CALL, resource: app };
  if (server === undefined) return undefined;
  return { operation: `sagemaker-mlflow:${mlflowAction(method, path)}`, resource: server };
}

/** As each service refuses. */
function refused(service: string, { operation, resource }: IamCall): WireResponse {
  const message = `User: arn:aws:iam::${ACCOUNT}:user/somebody is not authorized to perform: ${operation} on resource: ${resource} because no identity-based policy allows the ${operation} action`;
  const type = "content-type";
  switch (service) {
    case "s3":
      return {
        ...{ status: 403, headers: { [type]: "application/xml", "x-amz-bucket-region": REGION } },
        body: operation.startsWith("s3:Head")
          ? ""
          : "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
      };
    case "iam":
    case "sts":
      return {
        ...{ status: 403, headers: { [type]: "text/xml" } },
        body: `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${message}</Message></Error></ErrorResponse>`,
      };
    case "sagemaker-mlflow":
      return {
        ...{ status: 403, headers: { [type]: "application/json" } },
        body: JSON.stringify({ message }),
      };
    default:
      return {
        ...{ status: 400, headers: { [type]: "application/x-amz-json-1.1" } },
        body: JSON.stringify({ __type: "AccessDeniedException", message }),
      };
  }
}
