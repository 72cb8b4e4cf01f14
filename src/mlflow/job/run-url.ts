/** Where a person sees a run. Pure. */

import { withoutUser } from "../../training/mlflow-options.ts";
import { readTrackingUri } from "../core/tracking-uri.ts";

/**
 * A run's page in MLflow's UI, or where it lies.
 *
 * @param trackingUri - where runs are logged to
 * @param run - the run
 */
export function runUrl(
  trackingUri: string,
  { experimentId, runId }: { readonly experimentId: string; readonly runId: string },
): string {
  const place = readTrackingUri(trackingUri);
  switch (place.kind) {
    case "server":
      return `${withoutUser(place.url).replace(/\/+$/, "")}/#/experiments/${experimentId}/runs/${runId}`;
    case "folder":
      return `${place.path}/${experimentId}/${runId}`;
    case "managed":
      return `run ${runId} of ${place.arn}`;
  }
}
