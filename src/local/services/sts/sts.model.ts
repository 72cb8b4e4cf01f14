/** What AssumeRole takes (API 2011-06-15), as data. */

import type { Shape, StructureShape } from "../../../training/constraints.ts";

const ARN: Shape = {
  type: "string",
  min: 20,
  max: 2048,
  pattern: String.raw`[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`,
};
const TAG_KEY: Shape = {
  type: "string",
  min: 1,
  max: 128,
  pattern: String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]+`,
};

export const ASSUME_ROLE: StructureShape = {
  type: "structure",
  required: ["RoleArn", "RoleSessionName"],
  members: {
    RoleArn: ARN,
    RoleSessionName: { type: "string", min: 2, max: 64, pattern: String.raw`[\w+=,.@-]*` },
    PolicyArns: { type: "list", of: { type: "structure", members: { arn: ARN } } },
    Policy: { type: "string", min: 1, pattern: String.raw`[\u0009\u000A\u000D\u0020-\u00FF]+` },
    DurationSeconds: { type: "integer", min: 900, max: 43_200 },
    Tags: {
      type: "list",
      max: 50,
      of: {
        type: "structure",
        required: ["Key", "Value"],
        members: {
          Key: TAG_KEY,
          Value: { type: "string", max: 256, pattern: String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]*` },
        },
      },
    },
    TransitiveTagKeys: { type: "list", max: 50, of: TAG_KEY },
    ExternalId: { type: "string", min: 2, max: 1224, pattern: String.raw`[\w+=,.@:\/-]*` },
    SerialNumber: { type: "string", min: 9, max: 256, pattern: String.raw`[\w+=/:,.@-]*` },
    TokenCode: { type: "string", min: 6, max: 6, pattern: String.raw`[\d]*` },
    SourceIdentity: { type: "string", min: 2, max: 256, pattern: String.raw`[\w+=,.@-]*` },
    ProvidedContexts: {
      type: "list",
      min: 1,
      max: 5,
      of: {
        type: "structure",
        members: { ProviderArn: ARN, ContextAssertion: { type: "string", min: 4, max: 3072 } },
      },
    },
    MinimumSessionTokenSize: { type: "integer", min: 0, max: 4096 },
  },
};
