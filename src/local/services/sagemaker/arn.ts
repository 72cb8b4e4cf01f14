/** The names of training jobs as ARNs. */

/**
 * The ARN of a job; the service writes names in lower case there.
 *
 * @param where - the cloud's region and account
 * @param name - the job's name
 */
export function jobArn(
  { region, account }: { readonly region: string; readonly account: string },
  name: string,
): string {
  return `arn:aws:sagemaker:${region}:${account}:training-job/${name.toLowerCase()}`;
}
