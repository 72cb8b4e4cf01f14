/** A job elsewhere, as on AWS: its session knows nothing of the local cloud that runs it, and its launcher logs. */

import { Session } from "../../src/index.ts";
import { LocalCloud } from "../../src/local/index.ts";

const IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/glm:1";

/**
 * A service that runs one program.
 *
 * @param root - its state's folder
 * @param program - the folder of the image's program
 * @returns `options`: an estimator's, but for the session. `close` it
 */
export async function elsewhere(root: string, program: string) {
  const cloud = new LocalCloud({ root, images: { [IMAGE]: program }, stopGraceSeconds: 1 });
  const { url, close } = await cloud.listen();
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  const session = new Session({ region: "us-east-1", endpoint: url, credentials });
  const role = "arn:aws:iam::123456789012:role/R";
  return { url, close, session, options: { imageUri: IMAGE, instanceType: "ml.m5.large", role } };
}
