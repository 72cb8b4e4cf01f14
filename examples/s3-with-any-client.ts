/** Any AWS client may use the local cloud: the AWS SDK in the process without a port, everything else over HTTP. */

import { S3 } from "@aws-sdk/client-s3";
import { LocalCloud } from "sagemaker-estimator/local";

const cloud = new LocalCloud();
const credentials = { accessKeyId: "any", secretAccessKey: "any" };

const inProcess = new S3({
  region: cloud.region,
  credentials,
  requestHandler: cloud.requestHandler,
});
await inProcess.createBucket({ Bucket: "claims" });
await inProcess.putObject({ Bucket: "claims", Key: "2026/january.csv", Body: "claims\n3\n" });

const server = await cloud.listen();
console.log(`For boto3, the AWS CLI and others: AWS_ENDPOINT_URL=${server.url}`);
const overHttp = new S3({
  region: cloud.region,
  credentials,
  endpoint: server.url,
  forcePathStyle: true,
});
const { Contents } = await overHttp.listObjectsV2({ Bucket: "claims" });
console.log(Contents?.map(({ Key, Size }) => `${Key}: ${Size} bytes`));

overHttp.destroy();
await server.close();
