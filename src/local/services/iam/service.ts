/** IAM: GetRole. Roles are not stored: each well-formed name answers as a role that SageMaker may assume. */

import type { StructureShape } from "../../../training/constraints.ts";
import { awsQueryService, type QueryFields } from "../../wire/aws-query.ts";
import { checked } from "../../wire/json-input.ts";
import type { WireService, WireStructure } from "../../wire/message.ts";
import { queryInput } from "../../wire/query-input.ts";
import { roleId } from "../sts/service.ts";

/** The namespace of its answers. */
export const IAM_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/";
const GET_ROLE: StructureShape = {
  type: "structure",
  required: ["RoleName"],
  members: { RoleName: { type: "string", min: 1, max: 64, pattern: String.raw`[\w+=,.@-]+` } },
};

/** The service, for requests of version 2010-05-08. */
export function iamService(context: { readonly account: string }): WireService {
  return awsQueryService({
    name: "IAM",
    namespace: IAM_NAMESPACE,
    operations: { GetRole: async (input) => await getRole(context.account, input) },
  });
}

async function getRole(account: string, fields: QueryFields): Promise<WireStructure> {
  const { RoleName } = checked<{ readonly RoleName: string }>(
    GET_ROLE,
    queryInput(GET_ROLE, fields),
    "ValidationError",
  );
  const arn = `arn:aws:iam::${account}:role/${RoleName}`;
  const trust = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "sagemaker.amazonaws.com" },
        Action: "sts:AssumeRole",
      },
    ],
  };
  return {
    Role: {
      Path: "/",
      RoleName,
      RoleId: roleId(arn),
      Arn: arn,
      CreateDate: "2020-01-01T00:00:00Z",
      // The service answers policies percent-encoded (RFC 3986).
      AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(trust)),
      Description: "Any role exists in the local cloud, and SageMaker may assume it.",
      MaxSessionDuration: "43200",
    },
  };
}
