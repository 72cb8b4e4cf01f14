/** How a SageMaker-managed tracking server or app is spoken to: its REST API over requests that are signed. */

import { currentKeys, sendRequest } from "../aws/transport.ts";
import { Session } from "../session.ts";
import { MANAGED } from "./core/managed.ts";
import { MlflowError } from "./core/mlflow-error.ts";
import type { TrackingPlace } from "./core/tracking-uri.ts";
import type { ServerOptions } from "./rest/rest-caller.ts";
import { signing } from "./rest/signing.ts";

/** Where AWS has managed MLflow. */
const PARTITIONS: readonly string[] = ["aws", "aws-us-gov"];
/** API Gateway, which MLflow's own client signs for. */
const GATEWAY = "execute-api";

/** Whose requests are signed, and where they go. */
export interface ManagedOptions {
  /** Whose credentials sign. Default: a session of the environment's. */
  readonly session?: Session | undefined;
  /** `SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT`. */
  readonly customEndpoint?: string | undefined;
  /** `SAGEMAKER_MLFLOW_ASSUME_ROLE_ARN`: for a session of the environment's. */
  readonly assumeRoleArn?: string | undefined;
}

/**
 * The server behind an ARN.
 *
 * @param place - what the ARN says
 * @throws MlflowError when AWS has none in its partition
 */
export async function managedServer(
  place: Extract<TrackingPlace, { readonly kind: "managed" }>,
  { session: given, customEndpoint, assumeRoleArn }: ManagedOptions,
): Promise<ServerOptions> {
  const { arn, partition, region, resource } = place;
  const { service, header, action, host } = MANAGED[resource];
  const session =
    given ?? new Session({ region, ...(assumeRoleArn && { roleArn: assumeRoleArn }) });
  const { clients } = session;
  // A local cloud answers in the process, whatever the environment says.
  const endpoint =
    session.local === undefined ? (clients.endpointOf("mlflow") ?? customEndpoint) : undefined;
  if (endpoint === undefined && !PARTITIONS.includes(partition)) {
    throw new MlflowError(
      "INVALID_PARAMETER_VALUE",
      `SageMaker has managed MLflow in the partitions ${PARTITIONS.join(" and ")}, and this is of ${partition}: ${arn}`,
    );
  }
  return {
    url: endpoint ?? `https://${host(region)}`,
    name: arn,
    denied: `The caller needs ${action} on it. Check the identity, and the server's name, account and region.`,
    send: async (request) => await sendRequest(clients, request),
    authorize: signing(() => currentKeys(clients), { service, region }, { [header]: arn }),
  };
}

/**
 * What lets requests in to a server behind API Gateway, as `MLFLOW_TRACKING_AWS_SIGV4` has it.
 *
 * @param session - whose credentials and region. Default: the environment's
 */
export async function gatewayAccess(
  session: Session = new Session(),
): Promise<Pick<ServerOptions, "authorize" | "denied">> {
  return {
    authorize: signing(() => currentKeys(session.clients), {
      service: GATEWAY,
      region: await session.region(),
    }),
    denied: `The caller needs ${GATEWAY}:Invoke on the API. Check the identity and the region.`,
  };
}
