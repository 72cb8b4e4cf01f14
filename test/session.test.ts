import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ValidationError } from "../src/errors.ts";
import type { InProcessHandler } from "../src/local/index.ts";
import { LocalCloud } from "../src/local/local-cloud.ts";
import { Session } from "../src/session.ts";
import type { SessionOptions } from "../src/session-options.ts";
import { type CloudFixture, startCloud } from "./helpers/cloud-fixture.ts";

let fixture: CloudFixture;
let home: string;

beforeEach(async () => {
  fixture = await startCloud({ region: "eu-west-1" });
  home = await mkdtemp(join(tmpdir(), "home-"));
  // Nothing of this machine's own AWS configuration counts here.
  for (const name of Object.keys(process.env)) {
    if (name.startsWith("AWS_") && !name.startsWith("AWS_SDK_")) vi.stubEnv(name, undefined);
  }
  vi.stubEnv("AWS_CONFIG_FILE", join(home, "config"));
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(home, "credentials"));
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
  await fixture.stop();
});

/** A session that finds region and credentials by itself and speaks to the local cloud. */
function found(options: SessionOptions = {}, handler?: InProcessHandler): Session {
  return new Session({
    ...options,
    clientConfig: { requestHandler: handler ?? fixture.cloud.requestHandler },
  });
}

/** Puts a watcher between the clients and the cloud; it may answer in the cloud's stead. */
function watched(
  watch: (method: string, path: string, headers: Record<string, string>) => number | undefined,
): InProcessHandler {
  const { requestHandler } = fixture.cloud;
  return {
    ...requestHandler,
    async handle(request, options) {
      const status = watch(request.method, request.path, request.headers as Record<string, string>);
      return status === undefined
        ? await requestHandler.handle(request, options)
        : { response: { statusCode: status, headers: {}, body: undefined } };
    },
  };
}

describe("the region", () => {
  it("is the one given", async () => {
    await expect(found({ region: "ap-south-1" }).region()).resolves.toBe("ap-south-1");
  });

  it("is the environment's, as the AWS SDK resolves it", async () => {
    vi.stubEnv("AWS_REGION", "eu-north-1");

    await expect(found().region()).resolves.toBe("eu-north-1");
  });

  it("is the profile's", async () => {
    await writeFile(join(home, "config"), "[profile research]\nregion = us-west-2\n");

    await expect(found({ profile: "research" }).region()).resolves.toBe("us-west-2");
  });

  it("that is missing is an error that names the three ways to set it", async () => {
    await expect(found().region()).rejects.toThrow(
      /new Session\(\{ region.*AWS_REGION.*~\/\.aws\/config/s,
    );
  });
});

describe("the credentials", () => {
  const region = "eu-west-1";

  it("are the environment's", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    const keys: string[] = [];
    const session = found(
      { region },
      watched((_method, _path, { authorization = "" }) => {
        keys.push(authorization);
        return undefined;
      }),
    );

    await expect(session.accountId()).resolves.toBe("123456789012");

    expect(keys[0]).toContain("Credential=AKIAENVIRONMENT/");
  });

  it("are the profile's", async () => {
    await writeFile(
      join(home, "credentials"),
      "[research]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = secret\n",
    );
    const keys: string[] = [];
    const session = found(
      { region, profile: "research" },
      watched((_method, _path, { authorization = "" }) => {
        keys.push(authorization);
        return undefined;
      }),
    );

    await session.accountId();

    expect(keys[0]).toContain("Credential=AKIAPROFILE/");
  });

  it("may be an assumed role's, whose signatures hold", async () => {
    const session = found({
      region,
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      roleArn: "arn:aws:iam::123456789012:role/Trainer",
      externalId: "shared-with-us",
      roleSessionName: "tests",
    });
    const sts = await session.clients.sts();

    const { Arn } = await sts.getCallerIdentity({});

    expect(Arn).toBe("arn:aws:sts::123456789012:assumed-role/Trainer/tests");
  });

  it("that are missing are an error that says what to do, and the next call tries again", async () => {
    const session = found({ region });

    await expect(session.accountId()).rejects.toThrow(/No AWS credentials were found/);

    vi.stubEnv("AWS_ACCESS_KEY_ID", "late");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    await expect(session.accountId()).resolves.toBe("123456789012");
  });
});

describe("the default bucket", () => {
  it("is named for region and account, and made on first need with public access blocked", async () => {
    const session = fixture.cloud.session();

    await expect(session.defaultBucketName()).resolves.toBe("sagemaker-eu-west-1-123456789012");
    await expect(fixture.s3.listBuckets({})).resolves.toMatchObject({ Buckets: [] });
    const Bucket = await session.defaultBucket();

    const { PublicAccessBlockConfiguration } = await fixture.s3.getPublicAccessBlock({ Bucket });
    expect(PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    const { LocationConstraint } = await fixture.s3.getBucketLocation({ Bucket });
    expect(LocationConstraint).toBe("eu-west-1");
  });

  it("is made in us-east-1 without a location constraint", async () => {
    const east = new LocalCloud({ root: join(fixture.folder, "east"), region: "us-east-1" });

    await expect(east.session().defaultBucket()).resolves.toBe("sagemaker-us-east-1-123456789012");
  });

  it("is looked for once", async () => {
    const heads: (string | undefined)[] = [];
    const session = fixture.cloud.session();
    const watching = new Session({
      region: "eu-west-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      clientConfig: {
        requestHandler: watched((method, _path, headers) => {
          if (method === "HEAD") heads.push(headers["x-amz-expected-bucket-owner"]);
          return undefined;
        }),
      },
    });
    await session.defaultBucket();

    await Promise.all([watching.defaultBucket(), watching.defaultBucket()]);
    await watching.defaultBucket();

    expect(heads).toEqual(["123456789012"]);
  });

  it("is refused when another account owns it, and nothing is written there", async () => {
    const writes: string[] = [];
    const session = new Session({
      region: "eu-west-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      clientConfig: {
        requestHandler: watched((method) => {
          if (method === "PUT") writes.push(method);
          return method === "HEAD" ? 403 : undefined;
        }),
      },
    });

    await expect(session.defaultBucket()).rejects.toThrow(
      /sagemaker-eu-west-1-123456789012 belongs to another account.*new Session\(\{ defaultBucket \}\)/s,
    );

    expect(writes).toEqual([]);
  });

  it("may be named, and is then taken as it is", async () => {
    await fixture.s3.createBucket({ Bucket: "my-own" });
    const session = fixture.cloud.session({
      defaultBucket: "my-own",
      defaultBucketPrefix: "/team/",
    });

    await expect(session.defaultBucket()).resolves.toBe("my-own");
    await expect(session.defaultBucketPrefix()).resolves.toBe("team");
  });

  it("is made once when two processes start together", async () => {
    const sessions = [fixture.cloud.session(), fixture.cloud.session(), fixture.cloud.session()];

    const buckets = await Promise.all(sessions.map((session) => session.defaultBucket()));

    expect(new Set(buckets).size).toBe(1);
  });
});

describe("a session", () => {
  it("does nothing when it is made", () => {
    expect(() => new Session({ profile: "nobody", region: "nowhere-1" })).not.toThrow();
  });

  it("hands client configuration to the clients, and to SageMaker's alone", async () => {
    const session = found({
      region: "eu-west-1",
      sagemakerClientConfig: { maxAttempts: 1 },
    });
    const [sagemaker, s3] = [await session.clients.sagemaker(), await session.clients.s3()];

    await expect(sagemaker.config.maxAttempts()).resolves.toBe(1);
    await expect(s3.config.maxAttempts()).resolves.toBe(3);
  });

  it("takes one endpoint for all services or one each", async () => {
    const one = found({ region: "eu-west-1", endpoint: "http://127.0.0.1:1" });
    const each = found({ region: "eu-west-1", endpoint: { s3: "http://127.0.0.1:2" } });

    expect((await one.clients.sts()).config.endpoint).toBeDefined();
    expect((await each.clients.s3()).config.forcePathStyle).toBe(true);
    expect((await each.clients.sts()).config.endpoint).toBeUndefined();
  });

  it("can be aborted", async () => {
    const session = found({
      region: "eu-west-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
    });

    await expect(session.accountId({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
  });
});

describe("options of a session", () => {
  /** As a caller without types gives them. */
  const refused = (options: unknown): readonly unknown[] => {
    try {
      new Session(options as SessionOptions);
    } catch (error) {
      if (ValidationError.isInstance(error)) return error.findings;
      throw error;
    }
    return [];
  };

  it("that there are not, or that are of another kind, are told at once and together", () => {
    expect(
      refused({
        default_bucket: "mine",
        region: 1,
        endpoint: { s4: "http://x" },
        settings: { encryptRepackedArtifacts: "no" },
        sagemakerConfig: true,
      }),
    ).toEqual([
      {
        severity: "error",
        path: "default_bucket",
        message: "The session has no such option: it would be lost.",
        hint: "Is defaultBucket meant?",
      },
      expect.objectContaining({ path: "region", message: "A string is expected, not a number." }),
      expect.objectContaining({
        path: "endpoint.s4",
        hint: expect.stringContaining("clientConfig"),
      }),
      expect.objectContaining({ path: "settings.encryptRepackedArtifacts" }),
      expect.objectContaining({ path: "sagemakerConfig" }),
    ]);
    expect(refused("eu-west-1")).toMatchObject([{ path: "options" }]);
  });

  it("that are null are not given", async () => {
    const options = { region: "eu-west-1", profile: null, endpoint: null, logger: null };
    expect(refused(options)).toEqual([]);
    expect(await new Session(options as unknown as SessionOptions).region()).toBe("eu-west-1");
    expect(refused(null)).toEqual([]);
  });
});
