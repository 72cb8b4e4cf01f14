import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  Estimator,
  type Finding,
  type FitOptions,
  Session,
  type SessionOptions,
  type TrainingPlan,
} from "../../src/index.ts";
import type { InProcessHandler } from "../../src/local/index.ts";
import { type CloudFixture, startCloud } from "../helpers/cloud-fixture.ts";

const IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/my-algo:1.0";

let fixture: CloudFixture;
/** The names that IAM was asked for. */
let asked: string[];

beforeEach(async () => {
  fixture = await startCloud();
  asked = [];
});

afterEach(async () => {
  await fixture.stop();
});

/** IAM as the test has it in front of the local cloud; `undefined` leaves the answer to that. */
function iam(
  answer: (name: string) => { status: number; xml: string } | undefined,
): InProcessHandler {
  const { requestHandler } = fixture.cloud;
  return {
    ...requestHandler,
    async handle(request, options) {
      const body = request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded")
        ? new URLSearchParams(String(request.body))
        : undefined;
      if (body?.get("Action") === "GetRole") {
        asked.push(body.get("RoleName") ?? "");
        const given = answer(body.get("RoleName") ?? "");
        if (given !== undefined) {
          return {
            response: {
              statusCode: given.status,
              headers: { "content-type": "text/xml" },
              body: Readable.from([Buffer.from(given.xml)]),
            },
          };
        }
      }
      return await requestHandler.handle(request, options);
    },
  };
}

const AS_IT_IS = (): undefined => undefined;

function failing(code: string, status: number) {
  return () => ({
    status,
    xml: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`,
  });
}

function role(arn: string) {
  return (name: string) => ({
    status: 200,
    xml: `<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>${name}</RoleName><RoleId>AROA</RoleId><Arn>${arn}</Arn><CreateDate>2020-01-01T00:00:00Z</CreateDate></Role></GetRoleResult></GetRoleResponse>`,
  });
}

/** A session to what it takes for AWS. */
function aws(answer: Parameters<typeof iam>[0], options: SessionOptions = {}): Session {
  return new Session({
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    clientConfig: { requestHandler: iam(answer) },
    ...options,
  });
}

async function plan(session: Session, name?: string, fit: FitOptions = {}): Promise<TrainingPlan> {
  const estimator = new Estimator({
    imageUri: IMAGE,
    instanceType: "ml.m5.xlarge",
    outputPath: "s3://bucket/prefix",
    session,
    ...(name !== undefined && { role: name }),
  });
  return await estimator.plan(undefined, fit);
}

/** What is wrong with the role; what was not checked is another matter. */
function aboutRole({ findings }: TrainingPlan): Finding[] {
  return findings.filter(({ path, severity }) => path === "role" && severity !== "note");
}

describe("a role", () => {
  it("that is an ARN is taken as it is, and nobody is asked", async () => {
    const arn = "arn:aws:iam::123456789012:role/service-role/Trainer";
    const session = aws(AS_IT_IS);

    await expect(session.expandRole(arn)).resolves.toBe(arn);

    expect(asked).toEqual([]);
    expect((await plan(session, arn)).request.RoleArn).toBe(arn);
  });

  it("that is a name is what IAM says, asked once a session", async () => {
    const arn = "arn:aws:iam::123456789012:role/service-role/Trainer";
    const session = aws(role(arn));

    await Promise.all([session.expandRole("Trainer"), session.expandRole("Trainer")]);
    await expect(session.expandRole("Trainer")).resolves.toBe(arn);

    expect(asked).toEqual(["Trainer"]);
    const planned = await plan(session, "Trainer");
    expect(planned.request.RoleArn).toBe(arn);
    expect(aboutRole(planned)).toEqual([]);
  });

  it("that could not be looked up is asked for again", async () => {
    const down = new Set(["Trainer"]);
    const session = aws((name) =>
      down.has(name)
        ? failing("AccessDenied", 403)()
        : role(`arn:aws:iam::123456789012:role/${name}`)(name),
    );
    await expect(session.expandRole("Trainer")).rejects.toThrow(/iam:GetRole is denied/);
    down.clear();

    await expect(session.expandRole("Trainer")).resolves.toMatch(/role\/Trainer$/);
  });

  it.each(["service-role/Trainer", "/service-role/Trainer", "role/service-role/Trainer"])(
    "that is given as %s is asked for without its path, which IAM does not take",
    async (name) => {
      const arn = "arn:aws:iam::123456789012:role/service-role/Trainer";
      const planned = await plan(aws(role(arn)), name);

      expect(new Set(asked)).toEqual(new Set(["Trainer"]));
      expect(planned.request.RoleArn).toBe(arn);
      expect(aboutRole(planned)).toEqual([]);
    },
  );

  it("whose path is another one is taken, with a warning", async () => {
    const planned = await plan(
      aws(role("arn:aws:iam::123456789012:role/Trainer")),
      "service-role/Trainer",
    );

    expect(planned.request.RoleArn).toBe("arn:aws:iam::123456789012:role/Trainer");
    expect(aboutRole(planned)).toEqual([
      {
        severity: "warning",
        path: "role",
        message: expect.stringContaining(
          "the one of that name is arn:aws:iam::123456789012:role/Trainer",
        ),
        hint: "Give the ARN that is meant.",
      },
    ]);
  });

  it.each([
    ["NoSuchEntity", 404, /There is no role called Nobody in the caller's account/],
    ["AccessDenied", 403, /iam:GetRole is denied/],
    ["MalformedInput", 400, /Could not look up the role Nobody/],
  ])("that IAM answers with %s is an error at its option", async (code, status, expected) => {
    const planned = await plan(aws(failing(code, status)), "Nobody");

    expect(aboutRole(planned)).toEqual([
      {
        severity: "error",
        path: "role",
        message: expect.stringMatching(expected),
        hint: expect.stringContaining("Give its ARN"),
      },
    ]);
  });

  it("that is neither an ARN nor a name is an error, and nobody is asked", async () => {
    expect(aboutRole(await plan(aws(AS_IT_IS), "my role"))).toEqual([
      expect.objectContaining({
        severity: "error",
        message: expect.stringContaining("'my role' is neither"),
      }),
    ]);
    expect(asked).toEqual([]);
  });

  it("that is a name is an error without the client that asks IAM, but on a local cloud", async () => {
    vi.doMock("@aws-sdk/client-iam", () => {
      throw new Error("Cannot find package '@aws-sdk/client-iam'");
    });
    try {
      expect(aboutRole(await plan(aws(AS_IT_IS), "Trainer"))).toEqual([
        expect.objectContaining({
          severity: "error",
          message:
            "'Trainer' is a role's name, and @aws-sdk/client-iam, which asks IAM for its ARN, is not installed.",
        }),
      ]);
      expect((await plan(fixture.cloud.session(), "DummyRole")).request.RoleArn).toBe(
        "arn:aws:iam::123456789012:role/DummyRole",
      );
    } finally {
      vi.doUnmock("@aws-sdk/client-iam");
    }
  });

  it("that is a name is an error offline, where nobody is asked", async () => {
    const planned = await plan(aws(AS_IT_IS), "Trainer", { preflight: "offline" });

    expect(aboutRole(planned)).toEqual([
      expect.objectContaining({ severity: "error", message: expect.stringContaining("offline") }),
    ]);
    expect(asked).toEqual([]);
  });

  it("that is missing is an error that names the ways to give one", async () => {
    expect(aboutRole(await plan(aws(AS_IT_IS)))).toEqual([
      {
        severity: "error",
        path: "role",
        message: "An AWS IAM role is required to train on AWS.",
        hint: expect.stringMatching(/config\.yaml.*getExecutionRole/),
      },
    ]);
  });

  it("may be the configuration's", async () => {
    const sagemakerConfig = {
      SageMaker: { TrainingJob: { RoleArn: "arn:aws:iam::123456789012:role/Company" } },
    };

    const planned = await plan(aws(AS_IT_IS, { sagemakerConfig }));

    expect(planned.request.RoleArn).toBe("arn:aws:iam::123456789012:role/Company");
    expect(aboutRole(planned)).toEqual([]);
  });

  it.each([undefined, "aws", "offline"] as const)(
    "is any name on a local cloud, preflight %s",
    async (preflight) => {
      const { request } = await plan(fixture.cloud.session(), "DummyRole", {
        ...(preflight && { preflight }),
      });

      expect(request.RoleArn).toBe("arn:aws:iam::123456789012:role/DummyRole");
    },
  );

  it("may be left out on a local cloud", async () => {
    expect((await plan(fixture.cloud.session())).request.RoleArn).toBe(
      "arn:aws:iam::123456789012:role/SageMakerRole",
    );
  });
});
