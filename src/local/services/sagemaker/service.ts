/** SageMaker: training jobs, the model registry and managed MLflow. */

import { rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { removeTree } from "../../remove-tree.ts";
import { reconcile, requestStop, tidy } from "../../runner/liveness.ts";
import { type AwsJsonOperations, awsJsonService } from "../../wire/aws-json.ts";
import { checked } from "../../wire/json-input.ts";
import type { WireService } from "../../wire/message.ts";
import { ServiceError } from "../../wire/service-error.ts";
import { jobArn } from "./arn.ts";
import type { SageMakerContext } from "./context.ts";
import { createTrainingJob } from "./create-training-job.ts";
import { describeTrainingJob } from "./describe-training-job.ts";
import type { JobRecord } from "./job.ts";
import { foldJob } from "./job-state.ts";
import {
  type FoldedJob,
  type ListTrainingJobsInput,
  listTrainingJobs,
} from "./list-training-jobs.ts";
import { mlflowAppOperations } from "./managed-mlflow/apps.ts";
import { managedTags } from "./managed-mlflow/managed-tags.ts";
import { trackingServerOperations } from "./managed-mlflow/tracking-servers.ts";
import { groupOperations } from "./packages/group-operations.ts";
import { packageOperations } from "./packages/package-operations.ts";
import { registryTags } from "./packages/registry-tags.ts";
import { LIST_TRAINING_JOBS, TRAINING_JOB_NAME, UPDATE_TRAINING_JOB } from "./sagemaker.model.ts";
import { searchOperation } from "./search/search-operation.ts";
import { searchable } from "./search/searchable.ts";
import { type TagFinder, tagOperations } from "./tag-operations.ts";
import { checkTags } from "./tags.ts";
import type { Tag } from "./training-request.ts";
import { type UpdateTrainingJobInput, updateProblem, updatesOf } from "./update-training-job.ts";

const INVALID = "ValidationException";
const JOB = "A training job";
/** Jobs that are read at a time. */
const AT_ONCE = 16;

/** The service, for requests whose target starts with `SageMaker.`. */
export function sagemakerService(context: SageMakerContext): WireService {
  return awsJsonService("SageMaker", {
    ...trainingOperations(context),
    ...groupOperations(context),
    ...packageOperations(context),
    ...searchOperation(searchable(context, async () => await allJobs(context))),
    ...trackingServerOperations(context),
    ...mlflowAppOperations(context),
    ...tagOperations([jobTags(context), registryTags(context), managedTags(context)]),
  });
}

function trainingOperations(context: SageMakerContext): AwsJsonOperations {
  const { jobs } = context;
  return {
    CreateTrainingJob: async (input, request) => {
      checkTags({}, tagsOf(input["Tags"]), JOB);
      return await createTrainingJob(context, input, request);
    },

    DescribeTrainingJob: async (input) => {
      const { record, state } = await requireJob(context, nameOf(input));
      return describeTrainingJob(record, state);
    },

    ListTrainingJobs: async (input) => {
      const query = checked<ListTrainingJobsInput>(LIST_TRAINING_JOBS, input, INVALID);
      return listTrainingJobs(await allJobs(context), query);
    },

    StopTrainingJob: async (input) => {
      const name = nameOf(input);
      const { state } = await requireJob(context, name);
      if (state.end !== undefined) throw rejected(state.status);
      // Asking twice changes nothing.
      if (state.status !== "Stopping") await requestStop(jobs, name);
      return undefined;
    },

    UpdateTrainingJob: async (input) => {
      const given = checked<UpdateTrainingJobInput>(UPDATE_TRAINING_JOB, input, INVALID);
      const name = given.TrainingJobName;
      const { record, state } = await requireJob(context, name);
      if (state.status !== "InProgress") throw rejected(state.status);
      const problem = updateProblem(given, state.secondaryStatus);
      if (problem !== undefined) throw new ServiceError(INVALID, problem);
      const changes = updatesOf(given);
      if (Object.keys(changes).length > 0) {
        await jobs.append(name, { type: "update", at: Date.now(), request: changes });
      }
      return { TrainingJobArn: record.arn };
    },

    DeleteTrainingJob: async (input) => {
      const name = nameOf(input);
      const { state } = await requireJob(context, name);
      if (state.end === undefined) throw rejected(state.status);
      const folder = jobs.jobFolder(name);
      // Gone at once, then taken apart.
      const doomed = join(dirname(folder), `.${name}-${process.pid}-${Date.now()}.deleted`);
      await rename(folder, doomed);
      await removeTree(doomed);
      return undefined;
    },
  };
}

/** The tags of jobs. */
function jobTags(context: SageMakerContext): TagFinder {
  const { jobs } = context;
  return async (arn) => {
    const name = (await jobs.names()).find((candidate) => jobArn(context, candidate) === arn);
    if (name === undefined) return undefined;
    const { state } = await requireJob(context, name);
    return {
      what: JOB,
      tags: state.tags,
      add: async (tags) => await jobs.append(name, { type: "tags", at: Date.now(), tags }),
      remove: async (keys) => await jobs.append(name, { type: "untag", at: Date.now(), keys }),
    };
  };
}

function nameOf(input: Readonly<Record<string, unknown>>): string {
  return checked<{ TrainingJobName: string }>(TRAINING_JOB_NAME, input, INVALID).TrainingJobName;
}

/** The request's tags as far as they look like some; what does not is refused with the rest of the request. */
function tagsOf(value: unknown): readonly Tag[] {
  return Array.isArray(value)
    ? value.filter((tag: Partial<Tag> | null): tag is Tag => typeof tag?.Key === "string")
    : [];
}

async function requireJob(context: SageMakerContext, name: string): Promise<FoldedJob> {
  const record = await context.jobs.record(name);
  if (record === undefined) throw new ServiceError(INVALID, "Requested resource not found.");
  return await fold(context, record);
}

/** A job whose runner has died is told to have failed, by whoever looks next. */
async function fold({ jobs }: SageMakerContext, record: JobRecord): Promise<FoldedJob> {
  const entries = await jobs.entries(record.name);
  const state = foldJob(record, entries);
  if (state.end !== undefined) {
    await tidy(jobs, record.name, entries);
    return { record, state };
  }
  await reconcile(jobs, record.name);
  return { record, state: foldJob(record, await jobs.entries(record.name)) };
}

async function allJobs(context: SageMakerContext): Promise<FoldedJob[]> {
  const names = await context.jobs.names();
  const folded: FoldedJob[] = [];
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const some = await Promise.all(
      names.slice(from, from + AT_ONCE).map(async (name) => {
        const record = await context.jobs.record(name);
        // Deleted since it was listed.
        return record === undefined ? [] : [await fold(context, record)];
      }),
    );
    folded.push(...some.flat());
  }
  return folded;
}

function rejected(status: string): ServiceError {
  return new ServiceError(
    INVALID,
    `The request was rejected because the training job is in status ${status}.`,
  );
}
