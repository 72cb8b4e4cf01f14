/**
 * The same behaviours of S3 on MinIO, on the Versity gateway and, in boto3.test.ts, on the local cloud. Where they differ, what AWS
 * documents decides: the local cloud holds each of them, and how the others miss one is in the list of `known-differences.ts`, with
 * AWS's rule.
 */

import { afterAll, describe, expect } from "vitest";
import { KNOWN_DIFFERENCES } from "./known-differences.ts";
import { minioIsLacking, startMinio } from "./minio.ts";
import { startUnless, testWith } from "./needs.ts";
import { behaviourNames, boto3IsLacking, runBehaviours, type Told } from "./python.ts";
import { startVersity, versityIsLacking } from "./versity.ts";

const REGION = "eu-west-1";
const PROGRAMS = ["s3_objects.py", "s3_transfers.py", "s3_lists.py", "s3_rules.py"];
const SERVERS = {
  minio: { lacking: minioIsLacking, start: startMinio },
  versity: { lacking: versityIsLacking, start: startVersity },
} as const;

for (const [name, { lacking, start }] of Object.entries(SERVERS)) {
  const reason = lacking ?? boto3IsLacking;

  describe(name, () => {
    let server: Awaited<ReturnType<typeof start>> | undefined;
    const told = new Map<string, Told>();

    startUnless(reason, async () => {
      server = await start(REGION);
      for (const program of PROGRAMS) {
        const { url, credentials } = server;
        told.set(program, await runBehaviours(program, url, { credentials }));
      }
    });
    afterAll(() => server?.stop());

    for (const program of PROGRAMS) {
      for (const behaviour of behaviourNames(program)) {
        const known = KNOWN_DIFFERENCES[behaviour];
        const difference = known?.[name as keyof typeof SERVERS];
        const title =
          difference === undefined ? behaviour : `differs: ${behaviour} (${known?.rule})`;
        testWith(reason, `${program}: ${title}`, () => {
          const problem = told.get(program)?.problems.get(behaviour);
          if (problem === undefined) expect.fail(told.get(program)?.stderr);
          // One that is mended is to be taken off the list.
          if (difference === undefined) expect(problem).toBeNull();
          else expect(problem).toContain(difference);
        });
      }
    }

    testWith(reason, "no known difference is of a behaviour that is gone", () => {
      expect(PROGRAMS.flatMap(behaviourNames)).toEqual(
        expect.arrayContaining(Object.keys(KNOWN_DIFFERENCES)),
      );
    });
  });
}
