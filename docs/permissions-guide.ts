/** Makes docs/guides/permissions.md from the tables of calls: policies to paste, and what each feature needs. */

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ACTIONS } from "./permission-actions.ts";
import { APART } from "./permission-apart.ts";
import type { Feature } from "./permission-feature.ts";
import { FEATURES, grantsOf, LEAST, USUAL } from "./permission-features.ts";
import { PLACES, type PlaceName } from "./permission-places.ts";
import { ROLE_LEAST, ROLE_OPTIONS, type RolePart, TRUST } from "./permission-role.ts";
import { policyOf } from "./policy-document.ts";

/** Where the guide lies. */
export const PERMISSIONS_GUIDE: string = fileURLToPath(
  new URL("guides/permissions.md", import.meta.url),
);

const INTRODUCTION = `---
title: Permissions
---

<!-- Made by \`npm run docs:permissions\` from the code: change it there. -->

# Permissions

Two identities are at work. The **caller** is whoever runs your program: its policies decide what this library may ask of AWS. The
**execution role** is the \`role\` of the job: SageMaker takes it on to read the inputs, pull the image and write the output. Neither needs
the other's permissions.

The caller's policies are made from the calls that the library makes. A test runs each feature against services that enforce these very
policies, and fails when a call is not in the table, or a row of the table is never called. What the service looks at without a call of
ours is there as AWS documents it: \`iam:PassRole\`, tags of a new job, and KMS.

Put your own names for the words in capitals:

| word | what it stands for |
| --- | --- |
| \`ACCOUNT\`, \`REGION\` | the account's number; the region, as in \`eu-west-1\` |
| \`ROLE\` | the execution role, with its path if it has one |
| \`CALLER\` | the user or the role that runs the program; keep the line of the one that it is. With \`new Session({ roleArn })\`, that role |
| \`REPOSITORY\` | the image's repository in ECR. An image of AWS's own lies in another account: put its number there |
| \`BUCKET\`, \`PREFIX\` | your own bucket, and the part of it that this caller or job uses |
| \`KEY\` | the id of a KMS key |
| \`CONFIG-BUCKET\`, \`CONFIG-KEY\` | where \`config.yaml\` lies |

In China every ARN begins with \`arn:aws-cn:\` in place of \`arn:aws:\`, those of S3 too; in GovCloud with \`arn:aws-us-gov:\`. With
\`new Session({ defaultBucket })\` or \`config.yaml\`'s bucket, put its name for \`sagemaker-REGION-ACCOUNT\`, and its prefix before what follows.
`;

/** The guide as it should be. */
export function permissionsGuide(): string {
  return [INTRODUCTION, callerPart(), featureTable(), apartPart(), rolePart()].join("\n");
}

function callerPart(): string {
  const most = USUAL.map(({ id }) => id);
  return `## The caller: the least

Starts jobs whose inputs lie in S3, in an account whose default bucket is there, and follows them. Whatever else is not allowed is told as a note
of the plan or a warning of the job, and the job runs.

${json(policyOf(grantsOf(LEAST)))}

\`iam:PassRole\` is no call: SageMaker looks whether the caller may hand the role over. The condition keeps it from being handed to
anything else.

## The caller: with everything optional

The least, and local inputs, code, the default bucket made on first need, run records and reuse, every check of \`plan()\`, tags, lists, stops,
updates, downloads, costs and keys. Take out what you do not use; the table below says what then happens.

${json(policyOf(grantsOf(most)))}
`;
}

function featureTable(): string {
  const rows = FEATURES.map((feature) => [
    feature.title,
    linesOf(feature).join("<br>"),
    feature.denied,
  ]);
  return `## What each feature needs

In brackets the calls, where IAM has another name for them. \`sts:GetCallerIdentity\` is called too, and needs no permission.

| feature | actions | without them |
| --- | --- | --- |
${rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}

S3 tells that an object is missing only to those who have \`s3:ListBucket\` on its bucket; to others it says "Access Denied".

On AWS the command asks for nothing of its own. \`jobs\`: \`sagemaker:ListTrainingJobs\` and \`sagemaker:DescribeTrainingJob\`, and with \`--cost\` the
row of \`job.cost()\`. \`describe\`: \`sagemaker:DescribeTrainingJob\`. \`logs\`, \`stop\` and \`download\`: that action, and the rows of \`logs()\`, \`job.stop()\` and
\`downloadModel()\`.
`;
}

/** One line for each place, with the actions there. */
function linesOf({ calls, also = [] }: Feature): string[] {
  const places = new Map<string, Map<string, Set<string>>>();
  const add = (action: string, place: PlaceName, operation = action): void => {
    const where = PLACES[place].arns.map((arn) => `\`${arn}\``).join(", ");
    const actions = places.get(where) ?? new Map<string, Set<string>>();
    const operations = actions.get(action) ?? new Set<string>();
    if (operation !== action) operations.add(operation.split(":")[1] ?? "");
    places.set(where, actions.set(action, operations));
  };
  for (const { operations, place, source } of calls) {
    for (const operation of operations) {
      for (const action of ACTIONS[operation] ?? []) {
        add(action, source !== undefined && action === "s3:GetObject" ? source : place, operation);
      }
    }
  }
  for (const { action, place } of also) add(action, place);
  return [...places].map(([where, actions]) => {
    const named = [...actions].map(([action, operations]) =>
      operations.size === 0 ? `\`${action}\`` : `\`${action}\` (${[...operations].join(", ")})`,
    );
    return `${named.join(", ")} on ${where}`;
  });
}

function apartPart(): string {
  const parts = APART.map(({ id, title }) => `### ${title}\n\n${json(policyOf(grantsOf([id])))}\n`);
  return `## Seldom needed\n\n${parts.join("\n")}`;
}

function rolePart(): string {
  const least = ROLE_LEAST.flatMap(({ grants }) => grants);
  const options = ROLE_OPTIONS.map(
    (part) => `### ${part.title}\n\n${json(policyOf(part.grants))}\n\n${sourcesOf(part)}\n`,
  );
  const everything = policyOf([...least, ...ROLE_OPTIONS.flatMap(({ grants }) => grants)]);
  return `## The execution role

What SageMaker does in the role's name is not this library's to call, so it cannot be recorded: what follows is what AWS documents, each with
its page, and says where it is narrower than the page or where there is none. Programs that ask AWS for more of their own need it here as
well. The role's trust policy:

${json(TRUST)}

The least, with inputs and outputs in the default bucket:

${json(policyOf(least))}

${ROLE_LEAST.map((part) => `- For ${part.title}: ${sourcesOf(part)}`).join("\n")}

With everything optional:

${json(everything)}

What each option adds:

${options.join("\n")}`;
}

function sourcesOf({ pages, note = "" }: RolePart): string {
  const links = pages.map(({ title, url }) => `[${title}](${url})`).join(", ");
  return [links === "" ? "**Not documented.**" : `${links}.`, note].join(" ").trimEnd();
}

function json(document: unknown): string {
  return `<!-- not run here: a policy for IAM -->\n\`\`\`json\n${JSON.stringify(document, null, 2)}\n\`\`\``;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(PERMISSIONS_GUIDE, permissionsGuide());
}
