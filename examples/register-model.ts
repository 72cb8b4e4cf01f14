/** A model goes into the model registry, and is approved there: once by this library, then as whoever deploys it sees it. */

import { join } from "node:path";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { Estimator } from "sagemaker-estimator";
import { LocalCloud } from "sagemaker-estimator/local";

const cloud = new LocalCloud();
const estimator = new Estimator({
  imageUri: join(import.meta.dirname, "program"),
  instanceType: "local",
  environment: { STEPS: "3" },
  session: cloud.session(), // on AWS: new Session()
});

for (const approvalStatus of ["Approved", "PendingManualApproval"] as const) {
  const job = await estimator.fit(undefined, { logs: "None" });
  const { sagemaker } = await job.registerModel({
    ...{ name: "counting", alias: "newest", approvalStatus },
    ...{ contentTypes: ["text/csv"], inferenceInstances: ["ml.m5.large"] },
  });
  console.log(`Version ${sagemaker.version} is ${sagemaker.approvalStatus}`);
}

const { region, requestHandler } = cloud;
const credentials = { accessKeyId: "any", secretAccessKey: "any" };
const client = new SageMaker({ region, credentials, requestHandler });
const { ModelPackageSummaryList: approved = [] } = await client.listModelPackages({
  ModelPackageGroupName: "counting",
  ModelApprovalStatus: "Approved",
});
for (const { ModelPackageArn } of approved) console.log("To be deployed:", ModelPackageArn);
