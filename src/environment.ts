/** The one place that reads the process's environment, so that what the library takes from it can be seen at a glance. */

/** The variables this library reads by itself; the AWS SDK reads its own (`AWS_PROFILE`, `AWS_REGION` …). */
export interface Environment {
  /** Proxies and the hosts that need none; both spellings are read. */
  readonly proxies: readonly string[];
  /** The launcher's search path, which a local job's PATH ends with. */
  readonly path: string;
  /** Colour off (https://no-color.org). */
  readonly noColor: boolean;
  /** A Jupyter kernel runs this process: what it shows goes through `console.log`. */
  readonly notebook: boolean;
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

/** Reads the environment now. */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const named = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];
  return {
    proxies: named.map((name) => variables[name] ?? "").filter((value) => value !== ""),
    path: variables["PATH"] ?? "",
    noColor: (variables["NO_COLOR"] ?? "") !== "",
    notebook: (variables["JPY_PARENT_PID"] ?? "") !== "",
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
