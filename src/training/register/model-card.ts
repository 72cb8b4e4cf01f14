/** The card that goes with a version: how the model was trained, in the form of SageMaker's model cards (pure). */

import { redactDescription } from "../job-text.ts";
import type { JobDescription } from "../status-poller.ts";

/** Of the form of cards. */
const MOST = { metrics: 50, hyperparameters: 100, characters: 100_000 };

/**
 * The card of a job's model, as Python's `estimator.register()` makes it, but without what is, or looks like, a credential.
 *
 * @param description - what the service says of the job
 * @param image - the image that trained it
 */
export function modelCardOf(
  description: JobDescription,
  image: string,
): { readonly ModelCardStatus: "Draft"; readonly ModelCardContent: string } {
  const { HyperParameters = {}, FinalMetricDataList = [] } = redactDescription(description);
  const card = (hyperparameters: readonly object[]): string =>
    JSON.stringify({
      training_details: {
        training_job_details: {
          training_arn: description.TrainingJobArn,
          training_datasets: [],
          training_environment: { container_image: [image] },
          training_metrics: FinalMetricDataList.slice(0, MOST.metrics).map(
            ({ MetricName, Value }) => ({ name: MetricName, value: Value }),
          ),
          user_provided_training_metrics: [],
          hyper_parameters: hyperparameters,
          user_provided_hyper_parameters: [],
        },
      },
    });
  const whole = card(
    Object.entries(HyperParameters)
      .slice(0, MOST.hyperparameters)
      .map(([name, value]) => ({ name, value })),
  );
  return {
    ModelCardStatus: "Draft",
    // The run record has them all.
    ModelCardContent: whole.length > MOST.characters ? card([]) : whole,
  };
}
