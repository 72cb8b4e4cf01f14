/** Requests to SageMaker-managed MLflow, beside the signatures that AWS's plugin for MLflow makes of them with botocore. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect } from "vitest";
import { MlflowClient } from "../../src/mlflow/index.ts";
import { Session } from "../../src/session.ts";
import { askPython } from "./ask-python.ts";
import { MLFLOW, SAGEMAKER_PLUGIN } from "./mlflow.ts";
import { startUnless, testWith } from "./needs.ts";

const REGION = "eu-west-1";
const ARN = `arn:aws:sagemaker:${REGION}:123456789012`;
const KEYS = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
const TOKEN = "IQoJb3JpZ2luX2VjE/+=";
/** What is encoded differently by those who encode. */
const ODD = "my exp/1+2 é*~'(!)&a=b%20";

interface Received {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Partial<Record<string, string>>>;
  readonly body: string;
}

interface Case {
  readonly name: string;
  readonly arn: string;
  readonly service: string;
  readonly header: string;
  readonly token?: string;
}

const CASES: readonly Case[] = [
  {
    name: "a tracking server",
    arn: `${ARN}:mlflow-tracking-server/mine`,
    service: "sagemaker-mlflow",
    header: "x-mlflow-sm-tracking-server-arn",
  },
  {
    name: "an app, with temporary keys",
    arn: `${ARN}:mlflow-app/app-ABCDEFGHIJKL`,
    service: "sagemaker",
    header: "x-sm-mlflow-app-arn",
    token: TOKEN,
  },
];

describe.each(CASES)("requests to $name", ({ arn, service, header, token }) => {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const { method = "", url: target = "" } = request;
    const headers = request.headers as Received["headers"];
    received.push({ method, target, headers, body: await text(request) });
    response.end(JSON.stringify({ experiment: { experiment_id: "1" }, experiment_id: "1" }));
  });
  let theirs: Received["headers"][] = [];

  startUnless(SAGEMAKER_PLUGIN.lacking, async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const session = new Session({
      region: "us-east-1",
      credentials: { ...KEYS, ...(token !== undefined && { sessionToken: token }) },
      endpoint: { mlflow: `${url}/a b` },
    });
    const client = new MlflowClient({ trackingUri: arn, session });
    await client.getExperimentByName(ODD);
    await client.createExperiment(ODD, { tags: { ø: "\n" } });
    theirs = await askPython(
      MLFLOW.python,
      "mlflow_signatures.py",
      received.map(({ method, target, headers, body }) => ({
        ...{ method, url: `${url}${target}`, body, region: REGION, service },
        token: token ?? null,
        time: headers["x-amz-date"],
        headers: Object.fromEntries(
          signedNames(headers)
            .filter((name) => !/^x-amz-/.test(name))
            .map((name) => [name, headers[name]]),
        ),
      })),
    );
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  testWith(SAGEMAKER_PLUGIN.lacking, "bear the signatures that botocore gives them", () => {
    expect(received.map(({ method }) => method)).toEqual(["GET", "POST"]);
    for (const [index, { headers }] of received.entries()) {
      const { authorization, "x-amz-content-sha256": digest } = theirs[index] ?? {};
      expect(headers["authorization"]).toBe(authorization);
      expect(headers["x-amz-content-sha256"]).toBe(digest);
      expect(signedNames(headers)).toEqual(
        expect.arrayContaining(["host", "x-amz-date", "x-amz-content-sha256", header]),
      );
      expect(headers[header]).toBe(arn);
      expect(headers["x-amz-security-token"]).toBe(token);
    }
  });
});

function signedNames(headers: Received["headers"]): string[] {
  const [, names = ""] = /SignedHeaders=([^,]+)/.exec(headers["authorization"] ?? "") ?? [];
  return names.split(";");
}
