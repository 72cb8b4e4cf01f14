import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findExecutionRole } from "../src/execution-role.ts";
import { getExecutionRole, Session } from "../src/index.ts";
import { header } from "../src/local/wire/header.ts";
import { inProcessHandler } from "../src/local/wire/in-process.ts";
import type { WireRequest, WireResponse } from "../src/local/wire/message.ts";
import { answer, refusal } from "./helpers/job-wire.ts";

const TRAINER = "arn:aws:iam::123456789012:role/service-role/Trainer";
const USER = "arn:aws:iam::123456789012:user/ann";

let folder: string;
/** What the services were asked, in order: `DescribeDomain {"DomainId":"d-1"}`. */
let asked: string[];
/** What the logger was told. */
let told: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "role-"));
  asked = [];
  told = [];
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** What the services answer, by operation. */
interface Answers {
  /** Who STS says that the caller is. */
  readonly caller?: string;
  /** What IAM says of each role. */
  readonly roles?: Readonly<Record<string, string | "AccessDenied">>;
  /** SageMaker's operations. */
  readonly sagemaker?: Readonly<Record<string, unknown>>;
}

/** A session that speaks to services which answer as the test says. */
function sessionOf(answers: Answers): Session {
  return new Session({
    region: "eu-west-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    logger: { debug: () => {}, info: () => {}, warn: (line) => told.push(line) },
    clientConfig: {
      maxAttempts: 1,
      requestHandler: inProcessHandler(async (request) => respond(request, answers)),
    },
  });
}

function respond(request: WireRequest, answers: Answers): WireResponse {
  const body = String(request.body ?? "");
  const target = header(request, "x-amz-target");
  if (target !== undefined) {
    const operation = target.split(".")[1] ?? "";
    asked.push(`${operation} ${body}`);
    const known = answers.sagemaker?.[operation];
    return known === undefined ? refusal("AccessDeniedException", "no") : answer(200, known);
  }
  const form = new URLSearchParams(body);
  asked.push([form.get("Action"), form.get("RoleName")].filter(Boolean).join(" "));
  return form.get("Action") === "GetCallerIdentity"
    ? xml(
        200,
        `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${answers.caller}</Arn><UserId>U</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
      )
    : roleAnswer(answers.roles?.[form.get("RoleName") ?? ""]);
}

function roleAnswer(arn: string | undefined): WireResponse {
  if (arn === undefined || arn === "AccessDenied") {
    const code = arn ?? "NoSuchEntity";
    return xml(
      403,
      `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`,
    );
  }
  return xml(
    200,
    `<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>R</RoleName><RoleId>A</RoleId><Arn>${arn}</Arn><CreateDate>2020-01-01T00:00:00Z</CreateDate></Role></GetRoleResult></GetRoleResponse>`,
  );
}

function xml(status: number, text: string): WireResponse {
  return { status, headers: { "content-type": "text/xml" }, body: Buffer.from(text) };
}

/** The role found where SageMaker left that metadata; a text is written as it is. */
async function roleIn(metadata: unknown, answers: Answers): Promise<string> {
  const file = join(folder, "resource-metadata.json");
  const text = typeof metadata === "string" ? metadata : JSON.stringify(metadata);
  await writeFile(file, text);
  return await findExecutionRole(sessionOf(answers), {}, file);
}

const assumed = "arn:aws:sts::123456789012:assumed-role/Trainer/session";

describe("the execution role", () => {
  it("is the role that the credentials have assumed, with the path that IAM tells", async () => {
    const session = sessionOf({ caller: assumed, roles: { Trainer: TRAINER } });

    await expect(getExecutionRole({ session })).resolves.toBe(TRAINER);

    expect(asked).toEqual(["GetCallerIdentity", "GetRole Trainer"]);
  });

  it.each([USER, "arn:aws:iam::123456789012:root", "arn:aws:sts::123456789012:federated-user/ann"])(
    "is none for %s, which is an error that says what to do",
    async (caller) => {
      await expect(getExecutionRole({ session: sessionOf({ caller }) })).rejects.toThrow(
        `The current AWS identity is not a role: ${caller}. SageMaker cannot run a job as it. Give the ARN of a role`,
      );
    },
  );

  it("is not glued together where IAM does not tell its path", async () => {
    const session = sessionOf({ caller: assumed, roles: { Trainer: "AccessDenied" } });

    await expect(getExecutionRole({ session })).rejects.toThrow(
      /is the role Trainer, whose ARN holds a path that only IAM tells.*iam:GetRole is denied/,
    );
  });

  it("is not looked for after an abort", async () => {
    const session = sessionOf({ caller: assumed, roles: { Trainer: TRAINER } });

    await expect(
      getExecutionRole({ session, signal: AbortSignal.abort(new Error("enough")) }),
    ).rejects.toThrow();
    expect(asked).toEqual([]);
  });
});

describe("the execution role in a notebook", () => {
  const domain = {
    DefaultUserSettings: { ExecutionRole: "arn:of-the-domain" },
    DefaultSpaceSettings: { ExecutionRole: "arn:of-spaces" },
  };

  it("is what the metadata say", async () => {
    await expect(
      roleIn({ ExecutionRoleArn: TRAINER, DomainId: "d-1", UserProfileName: "ann" }, {}),
    ).resolves.toBe(TRAINER);

    expect(asked).toEqual([]);
  });

  it("is the notebook instance's", async () => {
    const sagemaker = { DescribeNotebookInstance: { RoleArn: TRAINER } };

    await expect(roleIn({ ResourceName: "notes" }, { sagemaker })).resolves.toBe(TRAINER);

    expect(asked).toEqual(['DescribeNotebookInstance {"NotebookInstanceName":"notes"}']);
  });

  it("is the user profile's", async () => {
    const sagemaker = { DescribeUserProfile: { UserSettings: { ExecutionRole: TRAINER } } };

    await expect(
      roleIn({ DomainId: "d-1", UserProfileName: "ann", ResourceName: "default" }, { sagemaker }),
    ).resolves.toBe(TRAINER);
  });

  it("is the domain's where the profile has none", async () => {
    const sagemaker = { DescribeUserProfile: {}, DescribeDomain: domain };

    await expect(roleIn({ DomainId: "d-1", UserProfileName: "ann" }, { sagemaker })).resolves.toBe(
      "arn:of-the-domain",
    );
  });

  it("is in a space of one's own that of its owner's profile", async () => {
    const sagemaker = {
      DescribeSpace: {
        SpaceSharingSettings: { SharingType: "Private" },
        OwnershipSettings: { OwnerUserProfileName: "ann" },
      },
      DescribeUserProfile: { UserSettings: { ExecutionRole: TRAINER } },
    };

    await expect(roleIn({ DomainId: "d-1", SpaceName: "lab" }, { sagemaker })).resolves.toBe(
      TRAINER,
    );
    expect(asked.at(-1)).toBe('DescribeUserProfile {"DomainId":"d-1","UserProfileName":"ann"}');
  });

  it.each([
    [domain, "arn:of-spaces"],
    [{ DefaultUserSettings: domain.DefaultUserSettings }, "arn:of-the-domain"],
  ])("is in a shared space the domain's: %j", async (DescribeDomain, expected) => {
    const sagemaker = {
      DescribeSpace: {
        SpaceSharingSettings: { SharingType: "Shared" },
        OwnershipSettings: { OwnerUserProfileName: "ann" },
      },
      DescribeDomain,
    };

    await expect(roleIn({ DomainId: "d-1", SpaceName: "lab" }, { sagemaker })).resolves.toBe(
      expected,
    );
  });

  it.each([
    ["SageMaker may not be asked", { ResourceName: "notes" }],
    ["SageMaker knows no role", { DomainId: "d-1", UserProfileName: "ann" }],
    ["the metadata are no JSON", "{"],
    ["the metadata are no object", "null"],
  ])("is the credentials' where %s", async (_, metadata) => {
    const sagemaker = { DescribeUserProfile: {}, DescribeDomain: {} };

    await expect(
      roleIn(metadata, { caller: assumed, roles: { Trainer: TRAINER }, sagemaker }),
    ).resolves.toBe(TRAINER);
  });

  it("says so when SageMaker did not tell", async () => {
    await roleIn({ ResourceName: "notes" }, { caller: assumed, roles: { Trainer: TRAINER } });

    expect(told).toEqual([expect.stringMatching(/did not tell the role of this notebook.*STS/)]);
  });
});
