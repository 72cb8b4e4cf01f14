/** The one place that reads the process's environment, so that what the library takes from it can be seen at a glance. */

/** The variables this library reads by itself; the AWS SDK reads its own (`AWS_PROFILE`, `AWS_REGION` …). */
export interface Environment {
  /** Proxies and the hosts that need none; both spellings are read. */
  readonly proxies: readonly string[];
  /** The launcher's search path, which a local job's PATH ends with. */
  readonly path: string;
  /** Colour off (https://no-color.org). */
  readonly noColor: boolean;
  /** A Jupyter kernel runs this process: what it shows goes through `console`, and an interrupt ends a cell, never the process. */
  readonly notebook: boolean;
  /** MLflow's variables, as its Python client reads them; those that are not set are missing. */
  readonly mlflow: MlflowVariables;
  /** Where files of defaults lie; an empty text for what is not set. */
  readonly config: {
    /** `SAGEMAKER_ADMIN_CONFIG_OVERRIDE`: the administrator's file. */
    readonly adminOverride: string;
    /** `SAGEMAKER_USER_CONFIG_OVERRIDE`: the user's. */
    readonly userOverride: string;
    /** `XDG_CONFIG_DIRS`, `XDG_CONFIG_HOME`: the folders of configurations, of the machine and of the user. */
    readonly xdgConfigDirs: string;
    readonly xdgConfigHome: string;
    /** `ProgramData`, `LOCALAPPDATA`: the same on Windows. */
    readonly programData: string;
    readonly localAppData: string;
  };
}

/** Ways in to an MLflow server. What is not given is taken from MLflow's environment variables. */
export interface ServerAccess {
  /** For basic authentication. Default: `MLFLOW_TRACKING_USERNAME`, else the file `~/.mlflow/credentials`. */
  readonly username?: string;
  /** For basic authentication. Default: `MLFLOW_TRACKING_PASSWORD`, else the file `~/.mlflow/credentials`. */
  readonly password?: string;
  /** A bearer token; a user name goes before it. Default: `MLFLOW_TRACKING_TOKEN`. */
  readonly token?: string;
  /** Takes any certificate of the server. Default: `MLFLOW_TRACKING_INSECURE_TLS`, else `false`. */
  readonly insecureTls?: boolean;
  /** A PEM file with the authorities that may have signed the server's certificate. Default: `MLFLOW_TRACKING_SERVER_CERT_PATH`. */
  readonly serverCertPath?: string;
  /** A PEM file with this client's certificate and key. Default: `MLFLOW_TRACKING_CLIENT_CERT_PATH`. */
  readonly clientCertPath?: string;
}

/** What MLflow's clients take from the environment. */
export interface MlflowVariables extends ServerAccess {
  /** `MLFLOW_TRACKING_URI`: where runs are logged to. */
  readonly trackingUri?: string;
  /** `MLFLOW_EXPERIMENT_NAME`: the experiment of new runs. */
  readonly experimentName?: string;
  /** `MLFLOW_EXPERIMENT_ID`: the same, by its id. */
  readonly experimentId?: string;
  /** `MLFLOW_RUN_ID`: the run to go on with. */
  readonly runId?: string;
  /** `MLFLOW_TRACKING_AWS_SIGV4`: `true` signs requests with AWS credentials. */
  readonly awsSigv4?: boolean;
  /** `SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT`: where SageMaker-managed servers are asked, as AWS's plugin for MLflow reads it. */
  readonly customEndpoint?: string;
  /** `SAGEMAKER_MLFLOW_ASSUME_ROLE_ARN`: the role as which they are asked. */
  readonly assumeRoleArn?: string;
  /** `MLFLOW_HTTP_REQUEST_MAX_RETRIES`: how often a call is tried again. */
  readonly retries?: number;
  /** `MLFLOW_HTTP_REQUEST_TIMEOUT`, in milliseconds here. */
  readonly timeoutMs?: number;
}

/** Reads the environment now. */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const named = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];
  return {
    proxies: named.map((name) => variables[name] ?? "").filter((value) => value !== ""),
    path: variables["PATH"] ?? "",
    noColor: (variables["NO_COLOR"] ?? "") !== "",
    notebook: (variables["JPY_PARENT_PID"] ?? "") !== "" || isKernel(),
    mlflow: mlflowVariables(variables),
    config: {
      adminOverride: variables["SAGEMAKER_ADMIN_CONFIG_OVERRIDE"] ?? "",
      userOverride: variables["SAGEMAKER_USER_CONFIG_OVERRIDE"] ?? "",
      xdgConfigDirs: variables["XDG_CONFIG_DIRS"] ?? "",
      xdgConfigHome: variables["XDG_CONFIG_HOME"] ?? "",
      programData: variables["ProgramData"] ?? "",
      localAppData: variables["LOCALAPPDATA"] ?? "",
    },
  };
}

function mlflowVariables(variables: NodeJS.ProcessEnv): MlflowVariables {
  const text = (name: string): string | undefined => variables[`MLFLOW_${name}`] || undefined;
  const number = (name: string): number | undefined => {
    const value = text(name);
    return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
  };
  const flag = (name: string): boolean | undefined => {
    const value = text(name);
    return value === undefined ? undefined : /^(?:true|1)$/i.test(value);
  };
  const seconds = number("HTTP_REQUEST_TIMEOUT");
  const found = {
    trackingUri: text("TRACKING_URI"),
    experimentName: text("EXPERIMENT_NAME"),
    experimentId: text("EXPERIMENT_ID"),
    runId: text("RUN_ID"),
    username: text("TRACKING_USERNAME"),
    password: text("TRACKING_PASSWORD"),
    token: text("TRACKING_TOKEN"),
    awsSigv4: flag("TRACKING_AWS_SIGV4"),
    customEndpoint: variables["SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT"] || undefined,
    assumeRoleArn: variables["SAGEMAKER_MLFLOW_ASSUME_ROLE_ARN"] || undefined,
    insecureTls: flag("TRACKING_INSECURE_TLS"),
    serverCertPath: text("TRACKING_SERVER_CERT_PATH"),
    clientCertPath: text("TRACKING_CLIENT_CERT_PATH"),
    retries: number("HTTP_REQUEST_MAX_RETRIES"),
    timeoutMs: seconds === undefined ? undefined : seconds * 1000,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** Jupyter's own servers say it in the environment. Of kernels that an editor started, both have something that nobody else has. */
function isKernel(): boolean {
  const { __tslab__, Deno } = globalThis as {
    readonly __tslab__?: unknown;
    readonly Deno?: { readonly jupyter?: unknown };
  };
  try {
    return __tslab__ !== undefined || Deno?.jupyter !== undefined;
  } catch {
    // Outside of its kernel Deno refuses the question.
    return false;
  }
}

/** Variables of Git that would make it look at another repository, configuration or answer than the one that is meant, or talk. */
const GIT_STATE =
  /^GIT_(?:DIR|WORK_TREE|IMPLICIT_WORK_TREE|COMMON_DIR|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE|PREFIX|SHALLOW_FILE|GRAFT_FILE|CEILING_DIRECTORIES|CONFIG|CONFIG_COUNT|CONFIG_KEY_.*|CONFIG_VALUE_.*|CONFIG_PARAMETERS|ASKPASS|TRACE.*|CURL_VERBOSE)$/;

/**
 * The environment of a `git` that this process starts: proxies, SSH agent and certificates as they are here, nothing of a
 * repository that this process itself runs in a hook of, and never a question to the user.
 *
 * @param more - variables to add
 */
export function gitEnvironment(
  more: Readonly<Record<string, string>> = {},
  variables: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const kept = Object.entries(variables).filter(([name]) => !GIT_STATE.test(name));
  return {
    ...Object.fromEntries(kept),
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    // SSH asks the terminal by itself, unless it has a program to ask; this one says no.
    SSH_ASKPASS: "false",
    SSH_ASKPASS_REQUIRE: "force",
    // A server that has fallen silent is given up, even when nobody is there any more to end Git.
    GIT_HTTP_LOW_SPEED_LIMIT: "1",
    GIT_HTTP_LOW_SPEED_TIME: "60",
    LC_ALL: "C",
    ...more,
  };
}
