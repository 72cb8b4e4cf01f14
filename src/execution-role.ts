/** The role whose credentials this program runs with: what SageMaker's notebooks and jobs started from them use as theirs. */

import { readFile } from "node:fs/promises";
import { MissingClientError } from "./aws/optional.ts";
import { isAbort } from "./aws/translate.ts";
import { SageMakerError } from "./errors.ts";
import { type AbortOptions, Session } from "./session.ts";

/** Where and how long the role is looked for. */
export interface ExecutionRoleOptions extends AbortOptions {
  /** Whose credentials. Default: `new Session()`. */
  readonly session?: Session;
}

/** What SageMaker says of the notebook that this program runs in. */
interface NotebookMetadata {
  readonly ResourceName?: string;
  readonly DomainId?: string;
  readonly UserProfileName?: string;
  readonly SpaceName?: string;
  readonly ExecutionRoleArn?: string;
}

const METADATA_FILE = "/opt/ml/metadata/resource-metadata.json";
const ASSUMED_ROLE = /^arn:[^:]+:sts::\d{12}:assumed-role\/([^/]+)\//;

/**
 * The ARN of the role that this program runs as, for `role` (Python's `get_execution_role`): a SageMaker notebook's or Studio's own, or the one
 * that the session's credentials have assumed.
 *
 * @param options - the session and a signal
 * @throws {@link SageMakerError} when the caller is no role, or IAM does not tell the role's path
 * @example
 * ```ts
 * const estimator = new Estimator({ imageUri, role: await getExecutionRole(), instanceType: "ml.m5.xlarge" });
 * ```
 */
export async function getExecutionRole(options: ExecutionRoleOptions = {}): Promise<string> {
  const { session = new Session(), signal } = options;
  return await findExecutionRole(session, { ...(signal && { signal }) }, METADATA_FILE);
}

/**
 * The same with another metadata file.
 *
 * @param session - whose credentials
 * @param options - a signal
 * @param metadataFile - what SageMaker writes into the containers of notebooks
 */
export async function findExecutionRole(
  session: Session,
  options: AbortOptions,
  metadataFile: string,
): Promise<string> {
  const metadata = await readMetadata(metadataFile, session, options);
  const own = metadata && (await notebookRole(session, metadata, options));
  return own ?? (await assumedRole(session, options));
}

/** `undefined` outside of SageMaker's notebooks. */
async function readMetadata(
  file: string,
  session: Session,
  { signal }: AbortOptions,
): Promise<NotebookMetadata | undefined> {
  let text: string;
  try {
    text = await readFile(file, { encoding: "utf8", ...(signal && { signal }) });
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
  try {
    const metadata: unknown = JSON.parse(text);
    return typeof metadata === "object" && metadata !== null ? metadata : undefined;
  } catch {
    session.logger.warn(`${file} is no JSON: the role is asked of STS instead.`);
    return undefined;
  }
}

/** `undefined` where SageMaker does not say, or this caller may not ask. */
async function notebookRole(
  session: Session,
  metadata: NotebookMetadata,
  { signal }: AbortOptions,
): Promise<string | undefined> {
  const { ExecutionRoleArn, DomainId, ResourceName } = metadata;
  if (ExecutionRoleArn !== undefined) {
    return ExecutionRoleArn;
  }
  try {
    if (DomainId !== undefined) {
      return await studioRole(session, { ...metadata, DomainId }, signal);
    }
    const sagemaker = await session.clients.sagemaker();
    const { RoleArn } = await sagemaker.describeNotebookInstance(
      { NotebookInstanceName: ResourceName },
      abort(signal),
    );
    return RoleArn;
  } catch (error) {
    signal?.throwIfAborted();
    if (isAbort(error)) {
      throw error;
    }
    session.logger.warn(
      `SageMaker did not tell the role of this notebook (${error instanceof Error ? error.message : String(error)}): STS is asked instead.`,
    );
    return undefined;
  }
}

/** A profile's own role, else its domain's; a shared space belongs to no profile. */
async function studioRole(
  session: Session,
  { DomainId, SpaceName, UserProfileName }: NotebookMetadata & { readonly DomainId: string },
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const sagemaker = await session.clients.sagemaker();
  let profile = UserProfileName;
  let isShared = false;
  if (profile === undefined && SpaceName !== undefined) {
    const space = await sagemaker.describeSpace({ DomainId, SpaceName }, abort(signal));
    isShared = space.SpaceSharingSettings?.SharingType !== "Private";
    profile = space.OwnershipSettings?.OwnerUserProfileName;
  }
  if (profile !== undefined && !isShared) {
    const { UserSettings } = await sagemaker.describeUserProfile(
      { DomainId, UserProfileName: profile },
      abort(signal),
    );
    if (UserSettings?.ExecutionRole) {
      return UserSettings.ExecutionRole;
    }
  }
  const domain = await sagemaker.describeDomain({ DomainId }, abort(signal));
  const ofSpaces = isShared ? domain.DefaultSpaceSettings?.ExecutionRole : undefined;
  return ofSpaces ?? domain.DefaultUserSettings?.ExecutionRole;
}

/** STS tells a role's name without its path; IAM knows the whole. */
async function assumedRole(session: Session, options: AbortOptions): Promise<string> {
  const { arn } = await session.callerIdentity(options);
  const [, name] = ASSUMED_ROLE.exec(arn) ?? [];
  if (name === undefined) {
    throw new SageMakerError(
      `The current AWS identity is not a role: ${arn}. SageMaker cannot run a job as it. ` +
        "Give the ARN of a role that SageMaker may assume as `role`, or assume one: new Session({ roleArn })." +
        (session.local === undefined ? "" : " On a local cloud the role may be left out."),
    );
  }
  try {
    return await session.expandRole(name, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!SageMakerError.isInstance(error)) {
      throw error;
    }
    const missing = MissingClientError.isInstance(error) ? `${error.message} ` : "";
    throw new SageMakerError(
      `The current AWS identity is the role ${name}, whose ARN holds a path that only IAM tells. ${missing || `${error.message} `}` +
        "Or give the role's ARN yourself, as `role`.",
      { cause: error },
    );
  }
}

/** The AWS SDK's name for a signal. */
function abort(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
