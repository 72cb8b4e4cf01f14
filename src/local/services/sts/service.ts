/** STS: who the caller is, and temporary keys for a role. Roles are not stored: any well-formed one can be assumed. */

import { createHash } from "node:crypto";
import { awsQueryService, type QueryFields } from "../../wire/aws-query.ts";
import { checked } from "../../wire/json-input.ts";
import type { WireRequest, WireService, WireStructure } from "../../wire/message.ts";
import { queryInput } from "../../wire/query-input.ts";
import { ServiceError } from "../../wire/service-error.ts";
import { parseSignature } from "../../wire/signature.ts";
import { type IssuedKey, type KeyStore, uniqueId } from "./key-store.ts";
import { ASSUME_ROLE } from "./sts.model.ts";

/** What the service works on. */
export interface StsContext {
  readonly keys: KeyStore;
  readonly account: string;
}

/** The namespace of its answers. */
export const STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";
const ROLE_ARN = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(?:[\w+=,.@-]+\/)*([\w+=,.@-]{1,64})$/;
/** The service's default, in seconds. */
const AN_HOUR = 3600;

interface AssumeRoleInput {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly DurationSeconds?: number;
  readonly SourceIdentity?: string;
}

/** The service, for requests of version 2011-06-15. */
export function stsService(context: StsContext): WireService {
  return awsQueryService({
    name: "STS",
    namespace: STS_NAMESPACE,
    operations: {
      GetCallerIdentity: async (_, request) => await callerIdentity(context, request),
      AssumeRole: async (input) => await assumeRole(context, input),
    },
  });
}

async function callerIdentity(
  { keys, account }: StsContext,
  request: WireRequest,
): Promise<WireStructure> {
  const key = await keys.find(parseSignature(request)?.accessKeyId ?? "");
  return key === undefined
    ? {
        Arn: `arn:aws:iam::${account}:user/local`,
        UserId: "AIDALOCALLOCALLOCAL12",
        Account: account,
      }
    : { Arn: key.arn, UserId: key.userId, Account: key.arn.split(":")[4] ?? account };
}

async function assumeRole({ keys }: StsContext, fields: QueryFields): Promise<WireStructure> {
  const input = checked<AssumeRoleInput>(
    ASSUME_ROLE,
    queryInput(ASSUME_ROLE, fields),
    "ValidationError",
  );
  const { RoleArn: roleArn, RoleSessionName: session, DurationSeconds: durationSeconds } = input;
  if (!ROLE_ARN.test(roleArn)) {
    throw new ServiceError("ValidationError", `${roleArn} is invalid`);
  }
  const key = await issueForRole(keys, {
    roleArn,
    sessionName: session,
    durationSeconds: durationSeconds ?? AN_HOUR,
  });
  return {
    Credentials: {
      AccessKeyId: key.accessKeyId,
      SecretAccessKey: key.secretAccessKey,
      SessionToken: key.sessionToken,
      Expiration: new Date(key.expiresAt).toISOString().replace(/\.\d+Z$/, "Z"),
    },
    AssumedRoleUser: { Arn: key.arn, AssumedRoleId: key.userId },
    PackedPolicySize: "0",
    ...(input.SourceIdentity !== undefined && { SourceIdentity: input.SourceIdentity }),
  };
}

/**
 * Issues keys for a session of a role.
 *
 * @param keys - where they are kept
 * @param options - `roleArn`: `arn:aws:iam::123456789012:role/path/name`
 */
export async function issueForRole(
  keys: KeyStore,
  options: {
    readonly roleArn: string;
    readonly sessionName: string;
    readonly durationSeconds: number;
  },
): Promise<IssuedKey> {
  const { roleArn, sessionName, durationSeconds } = options;
  const [, account = "", name = ""] = ROLE_ARN.exec(roleArn) ?? [];
  return await keys.issue({
    arn: `arn:aws:sts::${account}:assumed-role/${name}/${sessionName}`,
    userId: `${roleId(roleArn)}:${sessionName}`,
    durationSeconds,
  });
}

/** The same id for the same role each time, as roles have one each. */
export function roleId(roleArn: string): string {
  const digest = createHash("sha256").update(roleArn).digest();
  return `AROA${uniqueId(17, digest)}`;
}
