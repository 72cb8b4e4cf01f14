/** Apps of managed MLflow, which have no machines to start and stop. */

import { randomInt } from "node:crypto";
import { VERSION } from "../../../../mlflow/core/version.ts";
import type { AwsJsonOperations } from "../../../wire/aws-json.ts";
import type { SageMakerContext } from "../context.ts";
import type { Tag } from "../training-request.ts";
import { type Found, type Input, isAny, Managed, times } from "./managed.ts";
import { APP, APP_LINK, CREATE_APP, LIST_APPS, UPDATE_APP } from "./mlflow.model.ts";

interface OfArn extends Input {
  readonly Arn: string;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const ID_LENGTH = 12;

/** The operations. */
export function mlflowAppOperations(context: SageMakerContext): AwsJsonOperations {
  const managed = new Managed("mlflow-app", context);
  const ofArn = async (given: Input): Promise<Found> =>
    await managed.requireArn(managed.input<OfArn>(APP, given).Arn);
  return {
    CreateMlflowApp: async (given) => {
      const { Tags, ...members } = managed.input<{ readonly Tags?: Tag[] }>(CREATE_APP, given);
      const defaults = {
        MlflowVersion: VERSION,
        ModelRegistrationMode: "AutoModelRegistrationDisabled",
        AccountDefaultStatus: "DISABLED",
      };
      const Arn = await managed.create(
        newId(),
        { ...defaults, ...members, Status: "Created" },
        Tags,
      );
      return { Arn };
    },

    DescribeMlflowApp: async (given) => {
      const { arn, server } = await ofArn(given);
      return { Arn: arn, ...server.members, ...times(server) };
    },

    ListMlflowApps: async (given) => {
      const query = managed.input(LIST_APPS, given);
      const { items, next } = await managed.page(
        query,
        ({ members }) => ({ name: String(members["Name"]), status: members["Status"] }),
        ({ members }) => isWanted(members, query),
      );
      const Summaries = items.map((server) => {
        const { Name, Status, MlflowVersion } = server.members;
        return { Arn: managed.arn(server.id), Name, Status, ...times(server), MlflowVersion };
      });
      return { Summaries, ...next };
    },

    UpdateMlflowApp: async (given) => {
      const { Arn: arn, ...members } = managed.input<OfArn>(UPDATE_APP, given);
      const { server } = await managed.requireArn(arn);
      await managed.change(server.id, { ...members, Status: "Updated" });
      return { Arn: arn };
    },

    DeleteMlflowApp: async (given) => {
      const { arn, server } = await ofArn(given);
      await managed.remove(server.id);
      return { Arn: arn };
    },

    CreatePresignedMlflowAppUrl: async (given, request) => {
      const input = managed.input<OfArn>(APP_LINK, given);
      const { server } = await managed.requireArn(input.Arn);
      return managed.link(server, input, request);
    },
  };
}

function isWanted(members: Input, query: Input): boolean {
  const domains = members["DefaultDomainIdList"];
  const domain = query["DefaultForDomainId"];
  return (
    isAny(query["Status"], members["Status"]) &&
    isAny(query["AccountDefaultStatus"], members["AccountDefaultStatus"]) &&
    (domain === undefined || (Array.isArray(domains) && domains.includes(domain)))
  );
}

function newId(): string {
  const letters = Array.from({ length: ID_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return `app-${letters.join("")}`;
}
