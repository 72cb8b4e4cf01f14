import { SignatureV4 } from "@smithy/signature-v4";
import { expect, it } from "vitest";
import { sha256, signedHeaders } from "../../src/mlflow/rest/signature.ts";
import { Sha256 } from "../helpers/sha256.ts";

const KEYS = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
/** What is encoded differently by those who encode. */
const ODD = encodeURIComponent("my exp/1+2 é~&a=b%20 (1)*!'");

it.each([
  ["POST", "/api/2.0/mlflow/runs/log-batch", KEYS, '{"run_id":"1"}'],
  ["GET", `/api/2.0/mlflow/x?b=2&a-b=1&a=${ODD}&a=1&a=`, { ...KEYS, sessionToken: "IQoJ/+=" }, ""],
  ["PUT", `/api/2.0/mlflow-artifacts/artifacts/1/${ODD}/a%20b`, KEYS, "bytes"],
])("signs as the AWS SDK does: %s %s", async (method, path, keys, body) => {
  const url = new URL(`https://eu-west-1.experiments.sagemaker.aws:8443${path}`);
  const [now, service, region] = [new Date(1.7e12), "sagemaker-mlflow", "eu-west-1"];
  const headers = { accept: "application/json", "x-mlflow-sm-tracking-server-arn": "arn:  aws" };

  const signed = signedHeaders(
    { method, url, headers, bodyDigest: sha256(body) },
    keys,
    { service, region },
    now,
  );

  const query: Record<string, string[]> = {};
  for (const name of new Set(url.searchParams.keys())) query[name] = url.searchParams.getAll(name);
  const sdk = new SignatureV4({ service, region, credentials: keys, sha256: Sha256 });
  const { headers: expected } = await sdk.sign(
    {
      ...{ method, protocol: "https:", hostname: url.hostname, port: 8443, path: url.pathname },
      ...{ query, body, headers: { ...headers, host: url.host } },
    },
    { signingDate: now },
  );
  expect(signed).toEqual(expected);
});
