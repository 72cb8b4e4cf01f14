/**
 * From the call of `fit()` to its CreateTrainingJob leaving, clients loaded: describing a local file, planning, checking,
 * asking what is staged, staging it. Peer: the SDK's clients alone, doing the one PutObject and the same request.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { load, report, rounds, temporaryFolder } from "./harness.mjs";

const ROUNDS = 60;
const WARM_UP = 5;
const { Estimator, Session } = await load("index.js");
const { LocalCloud } = await load("local/index.js");
const folder = temporaryFolder();
const role = "arn:aws:iam::123456789012:role/SageMaker";

let left;
let request;

/** AWS as far as `fit()` asks it, without a network: what remains is our own time and the SDK's. */
const answers = {
  async handle({ method, headers, body, path }) {
    const target = headers["x-amz-target"];
    if (target?.endsWith(".CreateTrainingJob")) {
      left = process.hrtime.bigint();
      request = JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body));
      return answer(
        {},
        JSON.stringify({
          TrainingJobArn: `arn:aws:sagemaker:us-east-1:123456789012:training-job/x`,
        }),
      );
    }
    if (method === "PUT") {
      if (body instanceof Readable) body.resume();
      return answer({ etag: '"d41d8cd98f00b204e9800998ecf8427e"' });
    }
    if (method === "GET") {
      return answer(
        {},
        `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>`,
      );
    }
    if (method === "POST" && path === "/") {
      return answer(
        {},
        `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
      );
    }
    return answer({});
  },
};

function answer(headers, body) {
  return {
    response: {
      statusCode: 200,
      headers,
      body: body === undefined ? undefined : Readable.from([Buffer.from(body)]),
    },
  };
}

const session = new Session({
  region: "us-east-1",
  credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  clientConfig: { requestHandler: answers },
});
const s3 = await session.clients.s3();
const sagemaker = await session.clients.sagemaker();
await session.clients.sts();

/** Each round has a file of its own, or it would be found staged. */
function newFile(round, kind) {
  const path = join(folder, `train-${kind}-${round}.csv`);
  writeFileSync(path, `a,b\n${kind},${round}\n`.padEnd(4096, "1,2\n"));
  return path;
}

const onAws = new Estimator({
  session,
  imageUri: "123456789012.dkr.ecr.us-east-1.amazonaws.com/glm:1.4.0",
  role,
  instanceType: "ml.m5.xlarge",
  hyperparameters: { maxIterations: 25, tolerance: 1e-8 },
  environment: { LOG_LEVEL: "info" },
});

async function untilCreate(estimator, path) {
  const started = process.hrtime.bigint();
  await estimator.fit({ train: path }, { wait: false, logs: "None" });
  return Number(left - started) / 1e6;
}

async function byHand(path) {
  const started = process.hrtime.bigint();
  await s3.putObject({ Bucket: "bench", Key: "train.csv", Body: readFileSync(path) });
  await sagemaker.createTrainingJob(request);
  return Number(left - started) / 1e6;
}

const cloud = new LocalCloud({ root: join(folder, "cloud"), images: { "glm:1.4.0": folder } });
const handle = cloud.handle.bind(cloud);
// The local S3 is real; the job is not started, so that its runner does not run beside the next round.
cloud.handle = async (wire) => {
  if (!wire.headers["x-amz-target"]?.endsWith(".CreateTrainingJob")) return await handle(wire);
  left = process.hrtime.bigint();
  return {
    status: 200,
    headers: {},
    body: JSON.stringify({
      TrainingJobArn: "arn:aws:sagemaker:us-east-1:123456789012:training-job/x",
    }),
  };
};
const localSession = cloud.session();
await localSession.clients.s3();
await localSession.clients.sagemaker();
await localSession.clients.sts();
const local = new Estimator({
  session: localSession,
  imageUri: "glm:1.4.0",
  instanceType: "local",
});

const first = await untilCreate(onAws, newFile("first", "fit"));
for (let round = 0; round < WARM_UP; round += 1) {
  await untilCreate(onAws, newFile(round, "warm"));
  await byHand(newFile(round, "warm"));
  await untilCreate(local, newFile(round, "warm-local"));
}
const times = await rounds(ROUNDS, {
  "fit(), AWS answering at once": (round) => untilCreate(onAws, newFile(round, "fit")),
  "fit(), local cloud": (round) => untilCreate(local, newFile(round, "local")),
  "SDK: PutObject, CreateTrainingJob": (round) => byHand(newFile(round, "hand")),
});
report("own time of fit() to CreateTrainingJob", {
  goal: "at most 100 ms",
  peer: "SDK: PutObject, CreateTrainingJob",
  times,
  digits: 2,
});
console.log(`first fit() of a process whose clients are loaded: ${first.toFixed(1)} ms\n`);
