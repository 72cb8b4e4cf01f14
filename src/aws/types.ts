/** The AWS shapes that the rest of the library speaks of: types only, nothing is loaded. */

export type {
  CloudWatchLogs,
  GetLogEventsCommandOutput,
  OutputLogEvent,
} from "@aws-sdk/client-cloudwatch-logs";
export type { GetObjectCommandOutput, S3 } from "@aws-sdk/client-s3";
export type {
  Channel,
  CreateModelPackageCommandInput,
  CreateTrainingJobCommandInput,
  DescribeModelPackageCommandOutput,
  DescribeTrainingJobCommandOutput,
  SageMaker,
  Tag,
  TrainingInstanceType,
} from "@aws-sdk/client-sagemaker";
