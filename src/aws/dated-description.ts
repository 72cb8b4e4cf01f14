/** DescribeTrainingJob with the time on the service's clock, which the client's answer leaves out. */

import type { DescribeTrainingJobCommandOutput, SageMaker } from "@aws-sdk/client-sagemaker";

/** A job as the service describes it, and the service's own time. */
export interface DatedDescription {
  readonly description: DescribeTrainingJobCommandOutput;
  /** What the answer's `Date` says, in milliseconds since 1970, to the second. */
  readonly serviceTime: number | undefined;
}

/**
 * Describes a training job, and tells the time that the service's clock shows.
 *
 * @param client - any
 * @param name - the job
 * @param signal - ends the call
 */
export async function describeWithTime(
  client: SageMaker,
  name: string,
  signal: AbortSignal,
): Promise<DatedDescription> {
  const { DescribeTrainingJobCommand } = await import("@aws-sdk/client-sagemaker");
  const command = new DescribeTrainingJobCommand({ TrainingJobName: name });
  let date: string | undefined;
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers: Readonly<Record<string, string>> };
      date = headers["date"];
      return result;
    },
    // The innermost: it sees the answer as it came.
    { step: "deserialize", priority: "low", name: "serviceTime" },
  );
  const description = await client.send(command, { abortSignal: signal });
  const time = Date.parse(date ?? "");
  return { description, serviceTime: Number.isNaN(time) ? undefined : time };
}
