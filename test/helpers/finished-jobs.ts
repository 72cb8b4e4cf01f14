/** SageMaker whose jobs have completed as soon as they are created, and who answers for the roles of notebooks. */

import type { WireResponse } from "../../src/local/wire/message.ts";
import { answer, refusal } from "./job-wire.ts";

type Members = Readonly<Record<string, unknown>>;

/** Answers SageMaker's operations. */
export class FinishedJobs {
  /** What the roles of notebooks and Studio are. */
  role = "";
  readonly #jobs = new Map<string, Members>();
  readonly #account: string;

  /** @param account - `arn:aws:sagemaker:REGION:ACCOUNT`: what ARNs begin with */
  constructor(account: string) {
    this.#account = account;
  }

  /** Answers a call. */
  handle(operation: string, input: Members): WireResponse {
    const name = `${input["TrainingJobName"]}`;
    const TrainingJobArn = `${this.#account}:training-job/${name}`;
    switch (operation) {
      case "CreateTrainingJob":
        this.#jobs.set(name, { ...input, TrainingJobArn, ...end(input) });
        return answer(200, { TrainingJobArn });
      case "DescribeTrainingJob":
        return this.#jobs.has(name)
          ? answer(200, this.#jobs.get(name))
          : refusal("ValidationException", "Requested resource not found.");
      case "ListTrainingJobs":
        return answer(200, { TrainingJobSummaries: [...this.#jobs.values()] });
      case "UpdateTrainingJob":
        return answer(200, { TrainingJobArn });
      case "ListTags":
        return answer(200, { Tags: [] });
      case "DescribeNotebookInstance":
        return answer(200, { RoleArn: this.role });
      case "DescribeSpace":
        return answer(200, {
          SpaceSharingSettings: { SharingType: "Private" },
          OwnershipSettings: { OwnerUserProfileName: "somebody" },
        });
      case "DescribeUserProfile":
        return answer(200, { UserSettings: {} });
      case "DescribeDomain":
        return answer(200, { DefaultUserSettings: { ExecutionRole: this.role } });
      default:
        return answer(200, {});
    }
  }
}

/** The end of a job, a minute after its start. */
function end(input: Members): Members {
  const { S3OutputPath = "", CompressionType } = input["OutputDataConfig"] as Record<
    string,
    string
  >;
  const output = `${S3OutputPath.replace(/\/$/, "")}/${input["TrainingJobName"]}/output`;
  const ended = Math.floor(Date.now() / 1000);
  const started = ended - 60;
  return {
    TrainingJobStatus: "Completed",
    SecondaryStatus: "Completed",
    ...{ CreationTime: started, TrainingStartTime: started, TrainingEndTime: ended },
    LastModifiedTime: ended,
    BillableTimeInSeconds: 60,
    ModelArtifacts: {
      S3ModelArtifacts: CompressionType === "NONE" ? `${output}/model/` : `${output}/model.tar.gz`,
    },
    SecondaryStatusTransitions: [{ Status: "Completed", StartTime: started, EndTime: ended }],
  };
}
