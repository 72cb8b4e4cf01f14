import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { Session, type SessionOptions, ValidationError } from "../../src/index.ts";
import { type CloudFixture, startCloud } from "../helpers/cloud-fixture.ts";

const ROLE = "arn:aws:iam::123456789012:role/FromFile";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "config-"));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** A file of defaults of training jobs. */
function yaml(members: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ SchemaVersion: "1.0", SageMaker: { TrainingJob: members } });
}

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, text);
  return path;
}

function override(which: "ADMIN" | "USER", location: string | undefined): void {
  vi.stubEnv(`SAGEMAKER_${which}_CONFIG_OVERRIDE`, location);
}

/** What went wrong, a line each. */
async function refusal(session: Session): Promise<string[]> {
  const error: unknown = await session.sagemakerConfig().catch((thrown: unknown) => thrown);
  return ValidationError.isInstance(error)
    ? error.findings.map(({ path, message }) => `${path}: ${message}`)
    : [String(error)];
}

describe("defaults in files", () => {
  it("are none where there are no files, and the parser is not loaded", async () => {
    vi.doMock("yaml", () => {
      throw new Error("loaded");
    });
    onTestFinished(() => {
      vi.doUnmock("yaml");
    });
    override("ADMIN", undefined);
    override("USER", undefined);
    vi.stubEnv("XDG_CONFIG_DIRS", folder);
    vi.stubEnv("XDG_CONFIG_HOME", folder);

    await expect(new Session().sagemakerConfig()).resolves.toEqual({});
  });

  it("are the user's over the administrator's, from the platform's places", async () => {
    override("ADMIN", undefined);
    override("USER", undefined);
    vi.stubEnv("XDG_CONFIG_DIRS", join(folder, "admin"));
    vi.stubEnv("XDG_CONFIG_HOME", join(folder, "user"));
    await write(
      "admin/sagemaker/config.yaml",
      yaml({ RoleArn: ROLE, EnableNetworkIsolation: true }),
    );
    await write("user/sagemaker/config.yaml", yaml({ EnableNetworkIsolation: false }));

    await expect(new Session().sagemakerConfig()).resolves.toMatchObject({
      SageMaker: { TrainingJob: { RoleArn: ROLE, EnableNetworkIsolation: false } },
    });
  });

  it("may lie in a file or a folder that a variable names", async () => {
    override("ADMIN", await write("company.yaml", yaml({ RoleArn: ROLE })));
    await write("mine/config.yaml", yaml({ Environment: { A: "1" } }));
    override("USER", join(folder, "mine"));

    await expect(new Session().sagemakerConfig()).resolves.toMatchObject({
      SageMaker: { TrainingJob: { RoleArn: ROLE, Environment: { A: "1" } } },
    });
  });

  it("are read once in a session's life", async () => {
    const path = await write("config.yaml", yaml({ RoleArn: ROLE }));
    override("USER", path);
    const session = new Session();
    const first = await session.sagemakerConfig();
    await writeFile(path, yaml({}));

    await expect(session.sagemakerConfig()).resolves.toBe(first);
    await expect(new Session().sagemakerConfig()).resolves.not.toEqual(first);
  });

  it("are asked for again after they could not be read", async () => {
    const path = join(folder, "late.yaml");
    override("USER", path);
    const session = new Session();
    await expect(session.sagemakerConfig()).rejects.toThrow(/no configuration at/);
    await writeFile(path, yaml({ RoleArn: ROLE }));

    await expect(session.sagemakerConfig()).resolves.toMatchObject({ SchemaVersion: "1.0" });
  });

  it("that a variable names and that are not there are an error that says so", async () => {
    override("ADMIN", join(folder, "nowhere"));

    await expect(refusal(new Session())).resolves.toEqual([
      expect.stringMatching(
        /nowhere, which the environment variable SAGEMAKER_ADMIN_CONFIG_OVERRIDE names/,
      ),
    ]);
  });

  it("that are wrong are told with all their problems, of both files", async () => {
    const admin = await write(
      "admin.yaml",
      'SchemaVersion: "1.0"\nSageMaker: {TrainingJob: {Role: x, RoleArn: 1}}\n',
    );
    const user = await write("user.yaml", "SageMaker: [\n");
    override("ADMIN", admin);
    override("USER", user);

    await expect(refusal(new Session())).resolves.toEqual([
      `${admin}: SageMaker.TrainingJob.Role: The schema has no such key.`,
      `${admin}: SageMaker.TrainingJob.RoleArn: A text is expected, not a number.`,
      expect.stringMatching(/user\.yaml: .*at line 2/),
    ]);
  });

  it("that are no configuration but something huge are not read into memory", async () => {
    override("USER", await write("huge.yaml", "x".repeat(1024 * 1024 + 1)));

    await expect(refusal(new Session())).resolves.toEqual([
      expect.stringMatching(/huge\.yaml has more than 1048576 bytes/),
    ]);
  });

  it("tell the logger what was taken, and what only Python reads", async () => {
    const path = await write(
      "config.yaml",
      'SchemaVersion: "1.0"\nSageMaker:\n  ProcessingJob: {RoleArn: x}\n  TrainingJob: {RoleArn: x}\n',
    );
    override("USER", path);
    const lines: string[] = [];
    const log = (line: string): void => {
      lines.push(line);
    };

    await new Session({ logger: { debug: log, info: log, warn: log } }).sagemakerConfig();

    expect(lines).toEqual([
      `Defaults are taken from ${path}.`,
      `Not read in ${path}, since they are about other things than training jobs: SageMaker.ProcessingJob.`,
    ]);
  });

  it("are not read when the signal has aborted", async () => {
    override("USER", await write("config.yaml", yaml({ RoleArn: ROLE })));
    const signal = AbortSignal.abort(new Error("enough"));

    await expect(new Session().sagemakerConfig({ signal })).rejects.toThrow("enough");
  });
});

describe("defaults as a value", () => {
  it("take the place of the files", async () => {
    override("USER", await write("config.yaml", yaml({ RoleArn: ROLE })));
    const sagemakerConfig = { SageMaker: { TrainingJob: { EnableNetworkIsolation: true } } };

    await expect(new Session({ sagemakerConfig }).sagemakerConfig()).resolves.toEqual(
      sagemakerConfig,
    );
  });

  it.each([false, {}] as const)("are none with %j, and no file is looked at", async (none) => {
    override("USER", join(folder, "nowhere"));

    await expect(new Session({ sagemakerConfig: none }).sagemakerConfig()).resolves.toEqual({});
  });

  it("are checked like a file", async () => {
    const sagemakerConfig = { SageMaker: { TrainingJobs: {} } };

    await expect(refusal(new Session({ sagemakerConfig }))).resolves.toEqual([
      "sagemakerConfig.SageMaker.TrainingJobs: The schema has no such key.",
    ]);
  });
});

describe("defaults in S3", () => {
  let fixture: CloudFixture;

  beforeEach(async () => {
    fixture = await startCloud();
    await fixture.s3.createBucket({ Bucket: "company" });
  });

  afterEach(async () => {
    await fixture.stop();
  });

  /** A session that takes the local S3 for AWS's. */
  function aws(options: SessionOptions = {}): Session {
    return new Session({
      region: fixture.cloud.region,
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      clientConfig: { requestHandler: fixture.cloud.requestHandler },
      ...options,
    });
  }

  async function put(key: string, text: string): Promise<void> {
    await fixture.s3.putObject({ Bucket: "company", Key: key, Body: text });
  }

  it.each([
    ["s3://company/defaults/sagemaker.yaml", "defaults/sagemaker.yaml"],
    ["s3://company/defaults", "defaults/config.yaml"],
    ["s3://company/defaults/", "defaults/config.yaml"],
    ["s3://company", "config.yaml"],
  ])("are found at %s", async (uri, key) => {
    await put(key, yaml({ RoleArn: ROLE }));
    override("ADMIN", uri);

    const loaded = await aws().loadedConfig();

    expect(loaded.config.SageMaker?.TrainingJob?.RoleArn).toBe(ROLE);
    expect(loaded.sources.map(({ name }) => name)).toEqual([`s3://company/${key}`]);
  });

  it.each(["s3://company/none", "s3://nobody/none"])(
    "that are not at %s are an error",
    async (uri) => {
      override("ADMIN", uri);

      await expect(refusal(aws())).resolves.toEqual([
        expect.stringContaining(`There is no configuration at ${uri}`),
      ]);
    },
  );

  it("that are huge are not read", async () => {
    await put("config.yaml", "x".repeat(1024 * 1024 + 1));
    override("ADMIN", "s3://company/config.yaml");

    await expect(refusal(aws())).resolves.toEqual([
      expect.stringMatching(/s3:\/\/company\/config\.yaml has more than 1048576 bytes/),
    ]);
  });

  it("that may not be read are an error with the service's words", async () => {
    override("ADMIN", "s3://company/config.yaml");
    const { requestHandler } = fixture.cloud;
    const session = aws({
      clientConfig: {
        requestHandler: {
          ...requestHandler,
          handle: async () => ({
            response: { statusCode: 403, headers: {}, body: undefined },
          }),
        },
      },
    });

    await expect(refusal(session)).resolves.toEqual([
      expect.stringMatching(/Could not read the defaults in s3:\/\/company\/config\.yaml/),
    ]);
  });

  it("count for a local cloud too if they lie in its own S3, and are gone without if not", async () => {
    await put("here/config.yaml", yaml({ RoleArn: ROLE }));
    override("ADMIN", "s3://company/here/");
    override("USER", "s3://elsewhere/config.yaml");

    const loaded = await fixture.cloud.session().loadedConfig();

    expect(loaded.config.SageMaker?.TrainingJob?.RoleArn).toBe(ROLE);
    expect(loaded.missing).toEqual(["s3://elsewhere/config.yaml"]);
  });
});

describe("the default bucket and its prefix", () => {
  const given = {
    SageMaker: {
      PythonSDK: {
        Modules: {
          Session: { DefaultS3Bucket: "from-config", DefaultS3ObjectKeyPrefix: "/config/prefix/" },
        },
      },
    },
  };

  it("are the configuration's where the session names none", async () => {
    const session = new Session({ sagemakerConfig: given });

    await expect(session.defaultBucketName()).resolves.toBe("from-config");
    await expect(session.defaultBucketPrefix()).resolves.toBe("config/prefix");
    await expect(session.defaultBucketOwner()).resolves.toBeUndefined();
  });

  it("are the session's own where it names them, an empty prefix too", async () => {
    const session = new Session({
      sagemakerConfig: given,
      defaultBucket: "mine",
      defaultBucketPrefix: "",
    });

    await expect(session.defaultBucketName()).resolves.toBe("mine");
    await expect(session.defaultBucketPrefix()).resolves.toBe("");
  });

  it("may be a bucket of which the caller sees that prefix only", async () => {
    const fixture = await startCloud();
    try {
      await fixture.s3.createBucket({ Bucket: "from-config" });
      const { requestHandler } = fixture.cloud;
      const asked: string[] = [];
      const session = new Session({
        region: "us-east-1",
        credentials: { accessKeyId: "a", secretAccessKey: "b" },
        sagemakerConfig: given,
        clientConfig: {
          requestHandler: {
            ...requestHandler,
            handle: async (request: Parameters<typeof requestHandler.handle>[0]) => {
              asked.push(`${request.method} ${String(request.query?.["prefix"] ?? "")}`);
              return request.method === "HEAD"
                ? { response: { statusCode: 403, headers: {}, body: undefined } }
                : await requestHandler.handle(request);
            },
          },
        },
      });

      await expect(session.defaultBucket()).resolves.toBe("from-config");

      expect(asked).toEqual(["HEAD ", "GET config/prefix"]);
    } finally {
      await fixture.stop();
    }
  });
});
