/** sagemaker-estimator/local: an embedded local cloud. */

export {
  type IssuedCredentials,
  LocalCloud,
  type LocalCloudOptions,
} from "./local-cloud.ts";
export type { EngineChoice } from "./services/sagemaker/job.ts";
export type { SpotInterruptions } from "./spot-interruptions.ts";
export type { Listening, ListenOptions } from "./wire/http-server.ts";
export type { InProcessHandler, SdkRequest, SdkResponse } from "./wire/in-process.ts";
export type { WireRequest, WireResponse } from "./wire/message.ts";
