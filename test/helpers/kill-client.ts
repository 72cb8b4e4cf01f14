/** Someone who writes to a local cloud over HTTP until it is killed, and knows what must and what may be there afterwards. */

import { randomBytes } from "node:crypto";
import { S3 } from "@aws-sdk/client-s3";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { sha256 } from "./kill-traces.ts";

const BUCKET = "objects";
const MIB = 2 ** 20;
/** Written to in turns by one writer each, so that at most one write to a key is not answered when the server dies. */
const WRITERS = 3;

/** What of a key is known: its digest, or `undefined` for no object. */
interface Known {
  /** As the last answer said. */
  sure: string | undefined;
  /** What a write without an answer would make of it. */
  maybe: { readonly digest: string | undefined } | undefined;
}

/** See the file's header. */
export class KillClient {
  readonly #keys = new Map<string, Known>();
  readonly #random: () => number;
  /** Writes that were answered. */
  answered = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /**
   * Writes until the server is gone.
   *
   * @param job - created on the way
   */
  async write(endpoint: string, job: string): Promise<void> {
    const credentials = { accessKeyId: "a", secretAccessKey: "b" };
    const config = { endpoint, credentials, region: "us-east-1", maxAttempts: 1 };
    const s3 = new S3({ ...config, forcePathStyle: true });
    const sagemaker = new SageMaker(config);
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      try {
        if (writer === 0) await createJob(sagemaker, job);
        for (;;) await this.#writeOne(s3, `${writer}/${Math.floor(this.#random() * 6)}`);
      } catch (error) {
        if (!isGone(error)) throw error;
      }
    });
    try {
      await Promise.all(writers);
    } finally {
      s3.destroy();
      sagemaker.destroy();
    }
  }

  async #writeOne(s3: S3, Key: string): Promise<void> {
    const known = this.#keys.get(Key) ?? { sure: undefined, maybe: undefined };
    this.#keys.set(Key, known);
    const kind = this.#random();
    if (kind < 0.2) {
      known.maybe = { digest: undefined };
      await s3.deleteObject({ Bucket: BUCKET, Key });
    } else if (kind < 0.35) {
      const parts = [randomBytes(5 * MIB), randomBytes(1000)];
      known.maybe = { digest: sha256(Buffer.concat(parts)) };
      const { UploadId } = await s3.createMultipartUpload({ Bucket: BUCKET, Key });
      const upload = { Bucket: BUCKET, Key, UploadId };
      const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
      for (const [index, Body] of parts.entries()) {
        const PartNumber = index + 1;
        const { ETag } = await s3.uploadPart({ ...upload, PartNumber, Body });
        Parts.push({ ETag, PartNumber });
      }
      await s3.completeMultipartUpload({ ...upload, MultipartUpload: { Parts } });
    } else {
      const Body = randomBytes(Math.floor(this.#random() ** 3 * 2 * MIB));
      known.maybe = { digest: sha256(Body) };
      await s3.putObject({ Bucket: BUCKET, Key, Body });
    }
    known.sure = known.maybe.digest;
    known.maybe = undefined;
    this.answered += 1;
  }

  /** What of the objects is neither what was answered nor what a write without an answer made of it. */
  wrong(objects: ReadonlyMap<string, string>): string[] {
    const wrong: string[] = [];
    for (const [key, known] of this.#keys) {
      const digest = objects.get(key);
      const isExpected = digest === known.sure || (known.maybe && digest === known.maybe.digest);
      if (!isExpected) wrong.push(`${key}: ${digest ?? "none"} instead of ${known.sure ?? "none"}`);
      known.sure = digest;
      known.maybe = undefined;
    }
    return wrong;
  }
}

async function createJob(sagemaker: SageMaker, TrainingJobName: string): Promise<void> {
  await sagemaker.createTrainingJob({
    TrainingJobName,
    RoleArn: "arn:aws:iam::123456789012:role/SageMaker",
    AlgorithmSpecification: { TrainingImage: "program:1", TrainingInputMode: "File" },
    InputDataConfig: [
      {
        ChannelName: "training",
        DataSource: {
          S3DataSource: { S3DataType: "S3Prefix", S3Uri: `s3://inputs/${TrainingJobName}/` },
        },
      },
    ],
    OutputDataConfig: { S3OutputPath: "s3://sagemaker-us-east-1-123456789012/" },
    ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  });
}

/** The connection is refused or was cut: what a killed server looks like. */
function isGone(error: unknown): boolean {
  const { code, name, message } = error as NodeJS.ErrnoException;
  return (
    ["ECONNREFUSED", "ECONNRESET", "EPIPE"].includes(code ?? "") ||
    name === "TimeoutError" ||
    message === "socket hang up"
  );
}
