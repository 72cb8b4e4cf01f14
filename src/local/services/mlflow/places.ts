/** Where a tracking server keeps what it is sent, and what surrounds it. */

import type { RegistryStore } from "../../../mlflow/core/registry-store.ts";
import type { TrackingStore } from "../../../mlflow/core/tracking-store.ts";
import type { FolderArtifacts } from "../../../mlflow/file/folder-artifacts.ts";
import type { WireRequest } from "../../wire/message.ts";
import type { ObjectStore } from "../s3/object-store.ts";
import { modelSources } from "./model-sources.ts";

/** What is loaded when the first call comes: most clouds never see one. */
export interface MlflowPlaces {
  readonly store: TrackingStore;
  readonly registry: RegistryStore;
  /** The store's own folder; missing where artifacts lie in S3, and clients go there by themselves. */
  readonly artifacts?: FolderArtifacts;
}

/** How a tracking server keeps what it is sent. */
export interface PlaceOptions {
  /** Called before the first write makes the folder. Default: it lies in one that is there. */
  readonly make?: () => void;
  /** `s3://bucket/prefix`: below it the runs' artifacts lie. Default: below the folder. */
  readonly artifactRoot?: string;
}

/** What surrounds a tracking server. */
export interface MlflowContext {
  readonly region: string;
  /** Where artifacts may lie that are in S3. */
  readonly objects: Pick<ObjectStore, "list">;
  /** The address by which whoever asks reaches this cloud; undefined when it does not listen. */
  endpoint(request: WireRequest): string | undefined;
}

/** What a call is answered from. */
export interface Asked {
  readonly places: MlflowPlaces;
  readonly region: string;
  readonly objects: Pick<ObjectStore, "list">;
  /** The address by which whoever asks reaches this cloud; undefined when it does not listen. */
  readonly endpoint: string | undefined;
}

/**
 * The places of a tracking server, opened by its first call.
 *
 * @param root - the folder, in the layout of MLflow's own
 */
export function mlflowPlaces(
  root: string,
  { make, artifactRoot }: PlaceOptions = {},
): () => Promise<MlflowPlaces> {
  const open = async (): Promise<MlflowPlaces> => {
    const [{ FileStore }, { FileRegistry }, { FolderArtifacts }] = await Promise.all([
      import("../../../mlflow/file/file-store.ts"),
      import("../../../mlflow/file/file-registry.ts"),
      import("../../../mlflow/file/folder-artifacts.ts"),
    ]);
    return {
      store: new FileStore(root, make, artifactRoot),
      ...(artifactRoot === undefined
        ? {
            registry: new FileRegistry(root, make, modelSources(root)),
            artifacts: new FolderArtifacts(root),
          }
        : { registry: new FileRegistry(root, make) }),
    };
  };
  let opened: Promise<MlflowPlaces> | undefined;
  return () => {
    opened ??= open();
    return opened;
  };
}
