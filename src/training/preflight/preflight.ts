/** What the finished request names, looked at before the start: read-only, side by side, and never a reason to fail by itself. */

import type { Finding } from "../../errors.ts";
import type { Session } from "../../session.ts";
import {
  type CostCeiling,
  dearestCeiling,
  givenPrices,
  localCost,
  pricedTypes,
  priceFindings,
} from "../cost.ts";
import type { FitOptions } from "../fit-options.ts";
import type { PlannedUpload } from "../plan.ts";
import type { TrainingJobRequest } from "../request.ts";
import { Buckets } from "./buckets.ts";
import { type ChannelSize, channelData, instanceTypes, sizeFindings } from "./channel-data.ts";
import { channelChecks } from "./channels.ts";
import { runChecks } from "./check.ts";
import { type ImageFacts, imageChecks, imageRegionFindings, whyNotAsked } from "./image.ts";
import { outputChecks, outputPlaces } from "./outputs.ts";
import { listedPrices } from "./price.ts";
import { quotaChecks } from "./quota.ts";
import { roleAccount, roleChecks } from "./role.ts";

/** What is looked at. */
export interface PreflightSubject {
  readonly request: TrainingJobRequest;
  /** Where each channel comes from, in option names and the request's order. */
  readonly channelPaths: readonly string[];
  /** What the plan would stage: it need not be there yet. */
  readonly uploads: readonly PlannedUpload[];
  /** The bucket that `fit()` makes if it is not there. */
  readonly defaultBucket: string | undefined;
  /** Where the caller would lay the code, if not in the default bucket. */
  readonly codeLocation: string | undefined;
  /** The requests that may follow this one when there is no capacity for it. */
  readonly fallbacks: readonly TrainingJobRequest[];
  /** A quota that is too small ends nothing: other machines follow. */
  readonly othersFollow: boolean;
}

/** What was learned on the way, for the record of the run. */
export type PreflightFacts = Readonly<ImageFacts>;

/** What was found. */
export interface PreflightResult {
  readonly findings: readonly Finding[];
  readonly facts: PreflightFacts;
  readonly costCeiling: CostCeiling;
}

/**
 * Looks at all that a request names.
 *
 * @param subject - the request, and where its parts come from
 * @param fit - `preflight`, `pricePerHourUsd` and `signal` are read
 * @param session - where the job would run
 * @throws the signal's reason when it aborts
 */
export async function preflight(
  subject: PreflightSubject,
  fit: Pick<FitOptions, "preflight" | "pricePerHourUsd" | "signal">,
  session: Session,
): Promise<PreflightResult> {
  const { request } = subject;
  const isLocal = session.local !== undefined;
  const ask = fit.preflight !== "offline";
  const channels = channelData(request, subject.channelPaths, subject.uploads, isLocal);
  const sizes: ChannelSize[] = channels.flatMap((channel) =>
    channel.upload === undefined
      ? []
      : [{ channel, files: channel.upload.files, bytes: channel.upload.bytes, isComplete: true }],
  );
  const facts: ImageFacts = {};
  const findings: Finding[] = priceFindings(fit.pricePerHourUsd);
  const region = isLocal ? undefined : await regionOf(session);
  const image = {
    uri: request.AlgorithmSpecification?.TrainingImage,
    instanceTypes: instanceTypes(request),
    region: region ?? "",
  };
  if (region !== undefined) {
    findings.push(...imageRegionFindings(image));
    const unknown = image.uri === undefined ? undefined : whyNotAsked(image, ask);
    if (unknown !== undefined) facts.imageUnknown = unknown;
  }
  // Where another server answers for S3, its regions mean nothing.
  const s3Region = session.clients.isForeign("s3") ? undefined : region;
  const buckets = new Buckets(session, roleAccount(request.RoleArn));
  const inS3 = channels.filter(({ upload }) => upload === undefined);
  const [checked, ceiling] = await Promise.all([
    ask
      ? runChecks(
          [
            ...(isLocal ? [] : roleChecks(request.RoleArn, session)),
            ...(region === undefined ? [] : imageChecks(image, session, facts)),
            ...channelChecks(inS3, {
              session,
              buckets,
              region: s3Region,
              onListed: (channel, { objects, markers, bytes, isComplete }) => {
                if (channel.isCounted) {
                  sizes.push({ channel, files: objects - markers, bytes, isComplete });
                }
              },
            }),
            ...(isLocal
              ? []
              : outputChecks(outputPlaces(request, subject.codeLocation), {
                  buckets,
                  region: s3Region,
                  defaultBucket: subject.defaultBucket,
                })),
            ...(isLocal ? [] : quotaChecks(request, session, subject.othersFollow)),
          ],
          fit.signal,
        )
      : [],
    isLocal ? localCost(request) : cost([request, ...subject.fallbacks], fit, region, session),
  ]);
  findings.push(...checked, ...sizeFindings(request, sizes, isLocal));
  return { findings, facts, costCeiling: ceiling };
}

/** A region that cannot be resolved is told by whoever needs it first; here it only means that less can be checked. */
async function regionOf(session: Session): Promise<string | undefined> {
  return await session.region().catch(() => undefined);
}

async function cost(
  requests: readonly TrainingJobRequest[],
  fit: Pick<FitOptions, "preflight" | "pricePerHourUsd" | "signal">,
  region: string | undefined,
  session: Session,
): Promise<CostCeiling> {
  const types = [...new Set(requests.flatMap(pricedTypes))];
  const own = givenPrices(fit.pricePerHourUsd, types);
  const unknown = types.filter((type) => !own.has(type));
  if (unknown.length === 0 || fit.preflight === "offline" || region === undefined) {
    const missing = 'its price is not known: give pricePerHourUsd, or plan with preflight: "aws"';
    return dearestCeiling(requests, { perHour: own, source: "pricePerHourUsd", missing });
  }
  const listed = await listedPrices(unknown, region, session, fit.signal);
  return dearestCeiling(requests, {
    perHour: new Map([...own, ...listed.perHour]),
    source: own.size === 0 ? listed.source : `pricePerHourUsd and ${listed.source}`,
    missing: listed.missing,
  });
}
