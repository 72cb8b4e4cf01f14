import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redactRequest, redactText } from "../../src/training/redact.ts";

/** A password that no rule knows by its form. */
const password = fc.stringMatching(/^[a-z]{4,8}[!%]{1,2}[0-9]{3,6}[a-z]{4,8}$/);
const secretName = fc.constantFrom(
  "password",
  "DB_PASSWORD",
  "dbPasswd",
  "client_secret",
  "AWS_SECRET_ACCESS_KEY",
  "apiKey",
  "OPENAI_API_KEY",
  "HF_TOKEN",
  "github-token",
  "GOOGLE_CREDENTIALS",
  "private_key",
  "passphrase",
  "key",
);
/** Keys that tell by their form what they are. */
const shaped = fc.constantFrom(
  "AKIAIOSFODNN7EXAMPLE",
  "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  `ghp_${"a1B2".repeat(9)}`,
  `hf_${"abCD".repeat(8)}`,
  `sk-proj-${"x9Y8".repeat(8)}`,
  "xoxb-1234567890-abcdefghij",
  `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.${"s".repeat(20)}`,
  "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\n-----END RSA PRIVATE KEY-----",
);

describe("a request that is written down", () => {
  it("holds no secret, wherever one was planted", () => {
    fc.assert(
      fc.property(secretName, password, shaped, (name, secret, key) => {
        const request = {
          TrainingJobName: "job",
          HyperParameters: {
            [name]: secret,
            plain: "1",
            nested: JSON.stringify({ db: { [name]: secret }, list: [{ [name]: secret }] }),
            free: `use ${key} here`,
          },
          Environment: { [name]: secret, OTHER: key, URL: `https://me:${secret}@host/x?a=1` },
          Tags: [{ Key: name, Value: secret }],
          AlgorithmSpecification: {
            TrainingImage: "image",
            ContainerArguments: [`--${name}=${secret}`, `--${name}`, secret, "--epochs", "3"],
            ContainerEntrypoint: ["sh", "-c", `${name.replaceAll("-", "_")}=${secret} exec train`],
          },
          DebugHookConfig: { HookParameters: { [name]: secret } },
          InputDataConfig: [
            {
              ChannelName: "train",
              DataSource: {
                S3DataSource: { S3Uri: `https://bucket/x?X-Amz-Signature=${secret}&list=2` },
              },
            },
          ],
        };
        const { value, redacted } = redactRequest(request);
        const text = JSON.stringify({ value, redacted });
        expect(text).not.toContain(secret);
        expect(text).not.toContain(JSON.stringify(key).slice(1, -1));
        expect(text).toContain('"plain":"1"');
        expect(text).toContain("--epochs");

        const reason = `Error: ${secret} was refused (${key})`;
        expect(redactText(reason, request)).not.toContain(secret);
        expect(redactText(reason, request)).not.toContain(key);
      }),
    );
  });

  it.each([
    ["HyperParameters", "max_tokens", "2048"],
    ["HyperParameters", "pad_token", "<pad>"],
    ["HyperParameters", "tokenizer", "bert-base-uncased"],
    ["HyperParameters", "primary_key", "customer_id"],
    ["HyperParameters", "num_key_value_heads", "8"],
    ["HyperParameters", "monkey", "banana"],
    ["Environment", "SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db"],
    ["Environment", "TOKEN_FILE", "/run/secrets/token"],
    ["Environment", "COMMIT", "0123456789abcdef0123456789abcdef01234567"],
    ["Environment", "REPOSITORY", "ssh://git@github.com/me/repository"],
    ["Environment", "HF_TOKEN", ""],
  ])("keeps what is none: %s.%s=%s", (map, name, value) => {
    const request = { [map]: { [name]: value } };
    expect(redactRequest(request)).toEqual({ value: request, redacted: [] });
  });

  it("says what was taken out, and whether it may be a setting", () => {
    const { value, redacted } = redactRequest({
      HyperParameters: { password: "hunter2", db: '{"api_key":"k-123","port":5432}' },
      Environment: { HF_TOKEN: "abcdefgh", SHARD_KEY: "customer-x" },
    });
    expect(value).toEqual({
      HyperParameters: { password: "[redacted]", db: '{"api_key":"[redacted]","port":5432}' },
      Environment: { HF_TOKEN: "[redacted]", SHARD_KEY: "[redacted]" },
    });
    expect(redacted).toEqual([
      { path: "HyperParameters.password", kind: "suspect" },
      { path: "HyperParameters.db.api_key", kind: "suspect" },
      { path: "Environment.HF_TOKEN", kind: "credential" },
      { path: "Environment.SHARD_KEY", kind: "suspect" },
    ]);
  });

  it("keeps of a URL what is no secret", () => {
    const { value } = redactRequest({
      Environment: {
        PIP: "https://user:pass@pypi.example.com/simple?project=x",
        SIGNED: "https://b.s3.amazonaws.com/k?X-Amz-Signature=abcdef&versionId=3",
      },
    });
    expect(value).toEqual({
      Environment: {
        PIP: "https://[redacted]@pypi.example.com/simple?project=x",
        SIGNED: "https://b.s3.amazonaws.com/k?X-Amz-Signature=[redacted]&versionId=3",
      },
    });
  });

  it("takes time that grows with its length alone", () => {
    const long = `${"a:".repeat(5_000)}//${"@".repeat(5_000)}`;
    expect(redactText(long).length).toBeGreaterThan(0);
  });
});
