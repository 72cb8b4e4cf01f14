/** What the SageMaker service works on. */

import type { WireRequest } from "../../wire/message.ts";
import type { ObjectStore } from "../s3/object-store.ts";
import type { ImageContext } from "./images.ts";
import type { EngineChoice, SpotPlan } from "./job.ts";
import type { JobStore } from "./job-store.ts";
import type { ManagedStore } from "./managed-mlflow/managed-store.ts";
import type { PackageStore } from "./packages/package-store.ts";

/** What the service works on. */
export interface SageMakerContext extends ImageContext {
  readonly account: string;
  readonly region: string;
  /** The local cloud's root, where the runner finds the job. */
  readonly root: string;
  readonly jobs: JobStore;
  readonly packages: PackageStore;
  /** Tracking servers and apps of managed MLflow. */
  readonly managed: ManagedStore;
  /** The address by which whoever asks reaches this cloud; undefined when it does not listen. */
  endpoint(request: WireRequest): string | undefined;
  readonly objects: ObjectStore;
  readonly engine: EngineChoice;
  readonly stopGraceSeconds: number;
  /** What becomes of spot jobs; they are left alone when undefined. */
  readonly spotInterruptions: SpotPlan | undefined;
  /** Where objects are read from that are not in the local S3. */
  readonly upstream: InputSource | undefined;
}

/** What reads objects from elsewhere. */
interface InputSource {
  /** Copies what lies under a prefix there, and is not here, into the local S3; tells how many objects there were. */
  fetch(bucket: string, prefix: string, signal: AbortSignal | undefined): Promise<number>;
}
