import { XMLParser } from "fast-xml-parser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Listening } from "../../../../src/local/wire/http-server.ts";
import { type CloudFixture, startCloud } from "../../../helpers/cloud-fixture.ts";

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

/** There is no IAM client among the dependencies: a form by hand is all that its protocol is. */
async function iam(fields: Record<string, string>): Promise<{ status: number; xml: unknown }> {
  const response = await fetch(server.url, {
    method: "POST",
    body: new URLSearchParams({ Version: "2010-05-08", ...fields }),
  });
  return { status: response.status, xml: new XMLParser().parse(await response.text()) };
}

describe("GetRole", () => {
  it("gives each well-formed name a role that SageMaker may assume", async () => {
    const { status, xml } = await iam({ Action: "GetRole", RoleName: "SageMaker" });
    expect(status).toBe(200);
    expect(xml).toMatchObject({
      GetRoleResponse: {
        GetRoleResult: {
          Role: {
            Arn: "arn:aws:iam::123456789012:role/SageMaker",
            RoleName: "SageMaker",
            Path: "/",
          },
        },
      },
    });
    const { AssumeRolePolicyDocument: policy } = (
      xml as { GetRoleResponse: { GetRoleResult: { Role: Record<string, string> } } }
    ).GetRoleResponse.GetRoleResult.Role;
    expect(JSON.parse(decodeURIComponent(String(policy)))).toMatchObject({
      Statement: [{ Effect: "Allow", Principal: { Service: "sagemaker.amazonaws.com" } }],
    });
  });

  it.each([{}, { RoleName: "" }, { RoleName: "a/b" }, { RoleName: "x".repeat(65) }])(
    "refuses %j",
    async (fields) => {
      const { status, xml } = await iam({ Action: "GetRole", ...fields });
      expect(status).toBe(400);
      expect(xml).toMatchObject({
        ErrorResponse: { Error: { Type: "Sender", Code: "ValidationError" } },
      });
    },
  );
});

describe("the service", () => {
  it("answers an action that it does not have as AWS does, and names it", async () => {
    const { status, xml } = await iam({ Action: "<CreateRole>" });
    expect(status).toBe(400);
    expect(JSON.stringify(xml)).toContain("InvalidAction");
    expect(JSON.stringify(xml)).toContain("has no IAM");
  });

  it("takes a GET, as presigned requests are", async () => {
    const response = await fetch(`${server.url}/?Action=GetRole&Version=2010-05-08&RoleName=R`);
    expect(await response.text()).toContain("<RoleName>R</RoleName>");
  });
});
