import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Listening } from "../../../../src/local/wire/http-server.ts";
import { type CloudFixture, ROLE, startCloud } from "../../../helpers/cloud-fixture.ts";

let cloud: CloudFixture;
let server: Listening;

beforeAll(async () => {
  cloud = await startCloud();
  server = await cloud.cloud.listen();
});

afterAll(async () => {
  await server.close();
  await cloud.stop();
});

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

async function assume(): Promise<Keys> {
  const { Credentials: keys } = await cloud.sts.assumeRole({
    RoleArn: ROLE,
    RoleSessionName: "session-1",
  });
  return {
    accessKeyId: keys?.AccessKeyId ?? "",
    secretAccessKey: keys?.SecretAccessKey ?? "",
    sessionToken: keys?.SessionToken ?? "",
  };
}

describe("GetCallerIdentity", () => {
  it("takes any credentials, in the process and over HTTP", async () => {
    for (const { sts } of [cloud, cloud.clients({ endpoint: server.url })]) {
      expect(await sts.getCallerIdentity({})).toMatchObject({
        Account: "123456789012",
        Arn: "arn:aws:iam::123456789012:user/local",
      });
    }
  });

  it("tells the role whose keys were issued", async () => {
    const credentials = await assume();
    for (const endpoint of [undefined, server.url]) {
      const { sts } = cloud.clients({ credentials, ...(endpoint && { endpoint }) });
      expect(await sts.getCallerIdentity({})).toMatchObject({
        Account: "123456789012",
        Arn: "arn:aws:sts::123456789012:assumed-role/SageMaker/session-1",
        UserId: expect.stringMatching(/^AROA[A-Z2-7]{17}:session-1$/),
      });
    }
  });
});

describe("AssumeRole", () => {
  it("gives keys that are good for an hour unless told otherwise", async () => {
    const { Credentials: keys, AssumedRoleUser: user } = await cloud.sts.assumeRole({
      RoleArn: ROLE,
      RoleSessionName: "s1",
      DurationSeconds: 900,
    });
    expect(keys?.AccessKeyId).toMatch(/^ASIA[A-Z0-9]{16}$/);
    const left = (keys?.Expiration?.getTime() ?? 0) - Date.now();
    expect(left).toBeGreaterThan(800_000);
    expect(left).toBeLessThanOrEqual(900_000);
    expect(user?.Arn).toBe("arn:aws:sts::123456789012:assumed-role/SageMaker/s1");
  });

  it("takes a role with a path", async () => {
    const { AssumedRoleUser: user } = await cloud.sts.assumeRole({
      RoleArn: "arn:aws:iam::210987654321:role/service-role/R",
      RoleSessionName: "s1",
    });
    expect(user?.Arn).toBe("arn:aws:sts::210987654321:assumed-role/R/s1");
  });

  it.each([
    [{ RoleArn: "SageMaker", RoleSessionName: "s1" }, "'roleArn' failed"],
    [{ RoleArn: `${ROLE}/`, RoleSessionName: "s1" }, `${ROLE}/ is invalid`],
    [{ RoleArn: ROLE, RoleSessionName: "a b" }, "'roleSessionName' failed"],
    [{ RoleArn: ROLE, RoleSessionName: "s1", DurationSeconds: 60 }, "greater than or equal to 900"],
    [{ RoleArn: ROLE, RoleSessionName: "s1", DurationSeconds: 43_201 }, "less than or equal to"],
    [{ RoleArn: ROLE, RoleSessionName: "s1", ExternalId: "x" }, "'externalId' failed"],
    [
      { RoleArn: ROLE, RoleSessionName: "s1", PolicyArns: [{ arn: "none" }] },
      "'policyArns.1.member.arn' failed",
    ],
    [
      { RoleArn: ROLE, RoleSessionName: "s1", Tags: [{ Key: "a", Value: "x".repeat(257) }] },
      "'tags.1.member.value' failed",
    ],
  ])("refuses %j", async (input, message) => {
    await expect(cloud.sts.assumeRole(input)).rejects.toMatchObject({
      name: "ValidationError",
      message: expect.stringContaining(message),
    });
  });

  it("refuses a number that is none as MalformedInput", async () => {
    const fields = { Action: "AssumeRole", RoleArn: ROLE, RoleSessionName: "s1" };
    const response = await fetch(server.url, {
      method: "POST",
      body: new URLSearchParams({ Version: "2011-06-15", ...fields, DurationSeconds: "1e3" }),
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("<Code>MalformedInput</Code>");
  });

  it("keeps keys where no other user can read them", async () => {
    await assume();
    const folder = join(cloud.root, "keys");
    const [file = ""] = await readdir(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
  });

  it("forgets keys that expired over a day ago", async () => {
    const { accessKeyId } = await assume();
    const path = join(cloud.root, "keys", `${accessKeyId}.json`);
    const key = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...key, expiresAt: Date.now() - 25 * 3_600_000 }));
    await assume();
    await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("issued keys", () => {
  const uses = [
    [
      "S3",
      async (keys: Keys, endpoint?: string) => {
        const { s3 } = cloud.clients({ credentials: keys, ...(endpoint && { endpoint }) });
        await s3.listBuckets({});
      },
    ],
    [
      "SageMaker",
      async (keys: Keys, endpoint?: string) => {
        const { sagemaker } = cloud.clients({ credentials: keys, ...(endpoint && { endpoint }) });
        await sagemaker.listTrainingJobs({});
      },
    ],
    [
      "STS",
      async (keys: Keys, endpoint?: string) => {
        const { sts } = cloud.clients({ credentials: keys, ...(endpoint && { endpoint }) });
        await sts.getCallerIdentity({});
      },
    ],
  ] as const;

  it.each(uses)("are good for %s, in the process and over HTTP", async (_, use) => {
    const keys = await assume();
    await use(keys);
    await use(keys, server.url);
  });

  it.each([
    ["S3", "SignatureDoesNotMatch", "InvalidToken", "InvalidAccessKeyId", "ExpiredToken"],
    [
      "SageMaker",
      "InvalidSignatureException",
      "UnrecognizedClientException",
      "UnrecognizedClientException",
      "ExpiredTokenException",
    ],
    [
      "STS",
      "SignatureDoesNotMatch",
      "InvalidClientTokenId",
      "InvalidClientTokenId",
      "ExpiredToken",
    ],
  ])(
    "that are used wrongly are refused by %s in its own words",
    async (name, signature, token, unknown, expired) => {
      const use = uses.find(([service]) => service === name)?.[1] ?? (async () => {});
      const keys = await assume();

      await expect(use({ ...keys, secretAccessKey: "wrong" }, server.url)).rejects.toMatchObject({
        name: signature,
      });
      await expect(use({ ...keys, sessionToken: "wrong" })).rejects.toMatchObject({ name: token });
      await expect(use({ ...keys, accessKeyId: "ASIALOCALAAAAAAAAAAA" })).rejects.toMatchObject({
        name: unknown,
      });
      const path = join(cloud.root, "keys", `${keys.accessKeyId}.json`);
      const key = JSON.parse(await readFile(path, "utf8"));
      await writeFile(path, JSON.stringify({ ...key, expiresAt: Date.now() - 1 }));
      const other = await startCloud({ root: cloud.root });
      const again = other.clients({ credentials: keys });
      const call =
        name === "S3"
          ? again.s3.listBuckets({})
          : name === "STS"
            ? again.sts.getCallerIdentity({})
            : again.sagemaker.listTrainingJobs({});
      await expect(call).rejects.toMatchObject({ name: expired });
      await other.stop();
    },
  );

  it("signed at another time are refused", async () => {
    const keys = await assume();
    const { sagemaker } = cloud.clients({ credentials: keys });
    const now = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: now - 3_600_000 });
    let late: Promise<unknown>;
    try {
      sagemaker.middlewareStack.add(
        (next) => async (args) => {
          vi.setSystemTime(now);
          return await next(args);
        },
        { step: "deserialize", priority: "low" },
      );
      late = sagemaker.listTrainingJobs({});
      await expect(late).rejects.toMatchObject({ name: "InvalidSignatureException" });
    } finally {
      vi.useRealTimers();
    }
  });

  it("are issued by the cloud itself for any time", async () => {
    const keys = await cloud.cloud.issueCredentials({ roleArn: ROLE, durationSeconds: 2_500_000 });
    expect(keys.expiration.getTime() - Date.now()).toBeGreaterThan(2_400_000_000);
    const { sts } = cloud.clients({ credentials: keys });
    const { Arn } = await sts.getCallerIdentity({});
    expect(Arn).toBe("arn:aws:sts::123456789012:assumed-role/SageMaker/local");
  });
});

describe("the service", () => {
  it("answers an action that it does not have as AWS does, and names it", async () => {
    await expect(cloud.sts.getSessionToken({})).rejects.toMatchObject({
      name: "InvalidAction",
      message: expect.stringContaining("the local cloud has no STS GetSessionToken"),
    });
  });
});
