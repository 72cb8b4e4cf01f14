/** Where the logs of training jobs are, apart from what reads them: naming it loads nothing. */

/** The log group of every training job. */
export const LOG_GROUP = "/aws/sagemaker/TrainingJobs";
