/** Tracking servers of managed MLflow: they are there, start and stop at once. */

import { VERSION } from "../../../../mlflow/core/version.ts";
import type { AwsJsonOperations } from "../../../wire/aws-json.ts";
import { ServiceError } from "../../../wire/service-error.ts";
import type { SageMakerContext } from "../context.ts";
import type { Tag } from "../training-request.ts";
import { type Found, type Input, isAny, Managed, times } from "./managed.ts";
import type { ManagedServer } from "./managed-store.ts";
import {
  CREATE_SERVER,
  LIST_SERVERS,
  SERVER_LINK,
  SERVER_NAME,
  UPDATE_SERVER,
} from "./mlflow.model.ts";

interface Named extends Input {
  readonly TrackingServerName: string;
}

/** The operations. */
export function trackingServerOperations(context: SageMakerContext): AwsJsonOperations {
  const managed = new Managed("mlflow-tracking-server", context);
  const named = async (given: Input): Promise<Found> =>
    await managed.require(managed.input<Named>(SERVER_NAME, given).TrackingServerName);
  return {
    CreateMlflowTrackingServer: async (given) => {
      const {
        TrackingServerName: name,
        Tags,
        ...members
      } = managed.input<Named & { readonly Tags?: Tag[] }>(CREATE_SERVER, given);
      const defaults = {
        TrackingServerSize: "Small",
        MlflowVersion: VERSION,
        AutomaticModelRegistration: false,
      };
      const state = { TrackingServerStatus: "Created", IsActive: "Active" };
      const arn = await managed.create(name, { ...defaults, ...members, ...state }, Tags);
      return { TrackingServerArn: arn };
    },

    DescribeMlflowTrackingServer: async (given, request) => {
      const { arn, server } = await named(given);
      return {
        TrackingServerArn: arn,
        TrackingServerName: server.id,
        ...server.members,
        TrackingServerUrl: managed.url(server, request),
        ...times(server),
      };
    },

    ListMlflowTrackingServers: async (given) => {
      const query = managed.input(LIST_SERVERS, given);
      const { items, next } = await managed.page(
        query,
        ({ id, members }) => ({ name: id, status: members["TrackingServerStatus"] }),
        ({ members }) => isAny(query["TrackingServerStatus"], members["TrackingServerStatus"]),
      );
      return {
        TrackingServerSummaries: items.map((server) => summary(managed.arn(server.id), server)),
        ...next,
      };
    },

    UpdateMlflowTrackingServer: async (given) => {
      const { TrackingServerName: name, ...members } = managed.input<Named>(UPDATE_SERVER, given);
      const { arn, server } = await managed.require(name);
      const status = isActive(server) && { TrackingServerStatus: "Updated" };
      await managed.change(name, { ...members, ...status });
      return { TrackingServerArn: arn };
    },

    StartMlflowTrackingServer: async (given) => {
      const { arn, server } = await named(given);
      if (isActive(server)) throw conflict(server, "started");
      await managed.change(server.id, { TrackingServerStatus: "Started", IsActive: "Active" });
      return { TrackingServerArn: arn };
    },

    StopMlflowTrackingServer: async (given) => {
      const { arn, server } = await named(given);
      if (!isActive(server)) throw conflict(server, "stopped");
      await managed.change(server.id, { TrackingServerStatus: "Stopped", IsActive: "Inactive" });
      return { TrackingServerArn: arn };
    },

    DeleteMlflowTrackingServer: async (given) => {
      const { arn, server } = await named(given);
      await managed.remove(server.id);
      return { TrackingServerArn: arn };
    },

    CreatePresignedMlflowTrackingServerUrl: async (given, request) => {
      const input = managed.input<Named>(SERVER_LINK, given);
      const { server } = await managed.require(input.TrackingServerName);
      return managed.link(server, input, request);
    },
  };
}

function summary(arn: string, server: ManagedServer): Input {
  const { MlflowVersion, TrackingServerStatus, IsActive } = server.members;
  return {
    TrackingServerArn: arn,
    TrackingServerName: server.id,
    ...times(server),
    TrackingServerStatus,
    IsActive,
    MlflowVersion,
  };
}

function isActive({ members }: ManagedServer): boolean {
  return members["IsActive"] === "Active";
}

function conflict({ id, members }: ManagedServer, what: string): ServiceError {
  return new ServiceError(
    "ConflictException",
    `MLflow tracking server ${id} cannot be ${what}: it is in status ${String(members["TrackingServerStatus"])}.`,
  );
}
