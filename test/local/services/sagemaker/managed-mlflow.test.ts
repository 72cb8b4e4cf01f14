import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalCloud } from "../../../../src/local/local-cloud.ts";
import type { Listening } from "../../../../src/local/wire/http-server.ts";
import { MlflowClient } from "../../../../src/mlflow/index.ts";
import { openStore } from "../../../../src/mlflow/open-store.ts";
import { Session } from "../../../../src/session.ts";
import { type CloudFixture, ROLE, startCloud } from "../../../helpers/cloud-fixture.ts";

const ARN = "arn:aws:sagemaker:us-east-1:123456789012";
const STORE = { ArtifactStoreUri: "s3://artifacts/mlflow/", RoleArn: ROLE };
let fixture: CloudFixture;
let server: Listening;

beforeAll(async () => {
  fixture = await startCloud();
  await fixture.s3.createBucket({ Bucket: "artifacts" });
  server = await fixture.cloud.listen();
});
afterAll(async () => {
  await server.close();
  await fixture.stop();
});

function clientOf(trackingUri: string, session: Session = fixture.cloud.session()): MlflowClient {
  return new MlflowClient({ trackingUri, session, retry: { retries: 0 } });
}

async function trackingServer(name: string): Promise<string> {
  const made = await fixture.sagemaker.createMlflowTrackingServer({
    TrackingServerName: name,
    ...STORE,
  });
  return made.TrackingServerArn ?? "";
}

describe("a tracking server of SageMaker's API", () => {
  it("is made, described, changed, stopped, started and deleted, by any process", async () => {
    const { sagemaker } = fixture;
    const name = { TrackingServerName: "Pricing-1" };
    const tags = [{ Key: "team", Value: "pricing" }];
    const { TrackingServerArn } = await sagemaker.createMlflowTrackingServer({
      ...name,
      ...STORE,
      Tags: tags,
    });
    const elsewhere = new LocalCloud({ root: fixture.root });
    const other = await elsewhere.session().clients.sagemaker();

    expect(TrackingServerArn).toBe(`${ARN}:mlflow-tracking-server/Pricing-1`);
    expect(await other.describeMlflowTrackingServer(name)).toMatchObject({
      ...STORE,
      TrackingServerArn,
      TrackingServerStatus: "Created",
      IsActive: "Active",
      TrackingServerSize: "Small",
      AutomaticModelRegistration: false,
      MlflowVersion: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      CreationTime: expect.any(Date),
      // It does not listen.
      TrackingServerUrl: expect.stringMatching(/^file:\/\/.*\/mlruns$/),
    });
    await expect(other.createMlflowTrackingServer({ ...name, ...STORE })).rejects.toThrow(
      /needs a name of its own/,
    );
    await other.updateMlflowTrackingServer({ ...name, TrackingServerSize: "Large" });
    expect(await sagemaker.describeMlflowTrackingServer(name)).toMatchObject({
      TrackingServerStatus: "Updated",
      TrackingServerSize: "Large",
      ArtifactStoreUri: STORE.ArtifactStoreUri,
    });
    await expect(sagemaker.startMlflowTrackingServer(name)).rejects.toThrow(
      expect.objectContaining({ name: "ConflictException" }),
    );
    await other.stopMlflowTrackingServer(name);
    expect(await sagemaker.describeMlflowTrackingServer(name)).toMatchObject({
      TrackingServerStatus: "Stopped",
      IsActive: "Inactive",
    });
    await sagemaker.startMlflowTrackingServer(name);
    await sagemaker.addTags({ ResourceArn: TrackingServerArn, Tags: [{ Key: "a", Value: "b" }] });
    await sagemaker.deleteTags({ ResourceArn: TrackingServerArn, TagKeys: ["team"] });
    expect((await other.listTags({ ResourceArn: TrackingServerArn })).Tags).toEqual([
      { Key: "a", Value: "b" },
    ]);
    await sagemaker.deleteMlflowTrackingServer(name);
    await expect(other.describeMlflowTrackingServer(name)).rejects.toThrow(
      expect.objectContaining({ name: "ResourceNotFound" }),
    );
  });

  it("is listed, the newest first, page by page", async () => {
    const { sagemaker } = fixture;
    for (const name of ["list-b", "list-a", "list-c"]) await trackingServer(name);
    await sagemaker.stopMlflowTrackingServer({ TrackingServerName: "list-b" });
    const listed: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await sagemaker.listMlflowTrackingServers({
        MaxResults: 1,
        ...(NextToken !== undefined && { NextToken }),
      });
      listed.push(
        ...(page.TrackingServerSummaries ?? []).map((each) => String(each.TrackingServerName)),
      );
      NextToken = page.NextToken;
    } while (NextToken !== undefined);

    expect(listed.filter((name) => name.startsWith("list-"))).toEqual([
      "list-c",
      "list-a",
      "list-b",
    ]);
    const stopped = await sagemaker.listMlflowTrackingServers({ TrackingServerStatus: "Stopped" });
    expect(stopped.TrackingServerSummaries).toEqual([
      expect.objectContaining({ TrackingServerName: "list-b", IsActive: "Inactive" }),
    ]);
  });

  it("keeps its artifacts in S3 alone", async () => {
    await expect(
      fixture.sagemaker.createMlflowTrackingServer({
        TrackingServerName: "web",
        ArtifactStoreUri: "https://example.com/x",
        RoleArn: ROLE,
      }),
    ).rejects.toThrow(/ArtifactStoreUri must be in S3/);
  });
});

describe("an app", () => {
  it("is made, described, listed, changed and deleted by its ARN", async () => {
    const { sagemaker } = fixture;
    const domain = { DefaultDomainIdList: ["d-abc123"] };
    const made = await sagemaker.createMlflowApp({ Name: "first", ...STORE, ...domain });
    const Arn = made.Arn ?? "";

    expect(Arn).toMatch(/:mlflow-app\/app-[A-Z0-9]{12}$/);
    expect(await sagemaker.describeMlflowApp({ Arn })).toMatchObject({
      ...STORE,
      ...domain,
      Arn,
      Name: "first",
      Status: "Created",
      AccountDefaultStatus: "DISABLED",
    });
    await sagemaker.updateMlflowApp({ Arn, Name: "second", AccountDefaultStatus: "ENABLED" });
    const { Summaries } = await sagemaker.listMlflowApps({
      AccountDefaultStatus: "ENABLED",
      DefaultForDomainId: "d-abc123",
    });
    expect(Summaries).toEqual([
      expect.objectContaining({ Arn, Name: "second", Status: "Updated" }),
    ]);
    await sagemaker.deleteMlflowApp({ Arn });
    await expect(sagemaker.describeMlflowApp({ Arn })).rejects.toThrow(
      expect.objectContaining({ name: "ResourceNotFound" }),
    );
  });
});

describe("runs", () => {
  it("are logged to either by its ARN, in the process and over HTTP, each to a store of its own", async () => {
    const { sagemaker, s3 } = fixture;
    const app = await sagemaker.createMlflowApp({
      Name: "runs",
      ArtifactStoreUri: "s3://artifacts",
      RoleArn: ROLE,
    });
    const overHttp = new Session({
      region: "eu-west-1",
      credentials: { accessKeyId: "any", secretAccessKey: "any" },
      endpoint: server.url,
    });
    const places = [
      { client: clientOf(await trackingServer("runs")), root: "s3://artifacts/mlflow" },
      { client: clientOf(app.Arn ?? "", overHttp), root: "s3://artifacts" },
    ];
    for (const [index, { client, root }] of places.entries()) {
      const experimentId = await client.setExperiment("my exp/1+2 é");
      const { info } = await client.createRun(experimentId, { runName: "glm" });
      await client.logMetric(info.runId, "loss", index);
      await client.logText(info.runId, "# fit", "notes/fit.md");
      await client.setTerminated(info.runId);

      const run = await client.getRun(info.runId);
      expect(run.data.metrics).toEqual({ loss: index });
      expect(run.info.artifactUri).toBe(`${root}/${experimentId}/${info.runId}/artifacts`);
      expect(await client.listArtifacts(info.runId, "notes")).toEqual([
        { path: "notes/fit.md", isDir: false, fileSize: 5 },
      ]);
      const key = run.info.artifactUri.replace("s3://artifacts/", "");
      await s3.headObject({ Bucket: "artifacts", Key: `${key}/notes/fit.md` });
      for (const { client: other } of places.filter((place) => place.client !== client)) {
        await expect(other.getRun(info.runId)).rejects.toThrow(
          expect.objectContaining({ errorCode: "RESOURCE_DOES_NOT_EXIST" }),
        );
      }
    }
    await overHttp.close();
    expect(existsSync(`${fixture.root}/mlruns`)).toBe(false);
  });

  it("of new experiments keep their artifacts where an update says", async () => {
    const client = clientOf(await trackingServer("moved"));
    const before = await client.createRun(await client.setExperiment("a"));
    await fixture.sagemaker.updateMlflowTrackingServer({
      TrackingServerName: "moved",
      ArtifactStoreUri: "s3://artifacts/elsewhere",
    });

    const again = await client.createRun(await client.setExperiment("a"));
    const after = await client.createRun(await client.setExperiment("b"));
    const places = [before, again, after].map(({ info }) => info.artifactUri.split("/")[3]);
    expect(places).toEqual(["mlflow", "mlflow", "elsewhere"]);
  });

  it("take artifacts by presigned URLs from who has no keys for S3", async () => {
    const arn = await trackingServer("presigned");
    const session = new Session({
      region: "us-east-1",
      credentials: { accessKeyId: "any", secretAccessKey: "any" },
      endpoint: server.url,
    });
    const client = clientOf(arn, session);
    const { info } = await client.createRun("0");
    const { caller } = await openStore(arn, { session });
    const told = await caller?.call({
      method: "POST",
      path: "artifacts/presigned-upload-url",
      fields: { runId: info.runId, path: "a b/é.txt", expiration: 60 },
    });
    const url = String(told?.["presigned_url"]);

    expect((await fetch(url, { method: "PUT", body: "x" })).status).toBe(200);
    expect(await client.listArtifacts(info.runId, "a b")).toEqual([
      { path: "a b/é.txt", isDir: false, fileSize: 1 },
    ]);
  });

  it("are refused where the server is another's, gone or stopped, and to whoever is not signed for it", async () => {
    const arn = await trackingServer("refused");
    const failure = async (client: MlflowClient): Promise<unknown> =>
      await client.setExperiment("x").catch((error: unknown) => error);
    const raw = async (headers: Record<string, string>): Promise<[number, string]> => {
      const answer = await fetch(`${server.url}/api/2.0/mlflow/experiments/search`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: "{}",
      });
      return [answer.status, await answer.text()];
    };
    const credential = (service: string, signed: string): string =>
      `AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host;${signed}, Signature=00`;
    const header = "x-mlflow-sm-tracking-server-arn";

    expect(await failure(clientOf(`${arn}-2`))).toMatchObject({
      status: 404,
      message: expect.stringMatching(/^arn:.*refused-2 .*Tracking server could not be found/),
    });
    expect(await failure(clientOf(arn.replace("123456789012", "210987654321")))).toMatchObject({
      status: 404,
    });
    expect(await raw({ [header]: arn })).toEqual([403, expect.stringMatching(/are signed/)]);
    expect(await raw({ [header]: arn, authorization: credential("sagemaker", header) })).toEqual([
      403,
      expect.stringMatching(/correct service: 'sagemaker-mlflow'/),
    ]);
    expect(
      await raw({ [header]: arn, authorization: credential("sagemaker-mlflow", "x-amz-date") }),
    ).toEqual([403, expect.stringMatching(/must be a 'SignedHeader'/)]);

    const keys = await fixture.cloud.issueCredentials();
    const session = (secretAccessKey: string): Session =>
      new Session({
        region: "us-east-1",
        credentials: { ...keys, secretAccessKey },
        endpoint: server.url,
      });
    expect(await failure(clientOf(arn, session(keys.secretAccessKey)))).toEqual(expect.any(String));
    // What a query repeats is signed too.
    for (const each of [session(keys.secretAccessKey), fixture.cloud.session()]) {
      const orderBy = ["name DESC", "creation_timestamp ASC"];
      const { items } = await clientOf(arn, each).searchRegisteredModels({ orderBy });
      expect(items).toEqual([]);
    }
    expect(await failure(clientOf(arn, session("wrong")))).toMatchObject({
      errorCode: "PERMISSION_DENIED",
      message: expect.stringMatching(/signature we calculated does not match/),
    });

    await fixture.sagemaker.stopMlflowTrackingServer({ TrackingServerName: "refused" });
    expect(await failure(clientOf(arn))).toMatchObject({
      errorCode: "INVALID_STATE",
      message: expect.stringMatching(/is Stopped: StartMlflowTrackingServer/),
    });
  });
});

describe("the address of a managed server", () => {
  it("says in words what it is, and answers a browser that a presigned URL let in", async () => {
    const arn = await trackingServer("linked");
    await clientOf(arn).setExperiment("seen");
    const { sagemaker } = fixture;
    const { TrackingServerUrl: url = "" } = await sagemaker.describeMlflowTrackingServer({
      TrackingServerName: "linked",
    });
    const { AuthorizedUrl: link = "" } = await sagemaker.createPresignedMlflowTrackingServerUrl({
      TrackingServerName: "linked",
      ExpiresInSeconds: 5,
      SessionExpirationDurationInSeconds: 3600,
    });
    const experiments = `${url}/api/2.0/mlflow/experiments/search?max_results=10`;

    expect(url).toBe(`${server.url}/mlflow-tracking-server/linked`);
    expect(await (await fetch(url)).text()).toContain("has no pages of its own");
    expect((await fetch(experiments)).status).toBe(403);
    const opened = await fetch(link);
    const cookie = opened.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/; Path=\/mlflow-tracking-server\/linked; Max-Age=3600; HttpOnly;/);
    const asked = await fetch(experiments, { headers: { cookie: cookie.split(";")[0] ?? "" } });
    expect(await asked.text()).toContain('"seen"');
    // A link's token is no session, nor another server's.
    const token = new URL(link).searchParams.get("authToken") ?? "";
    const replayed = await fetch(experiments, { headers: { cookie: `mlflow-session=${token}` } });
    expect(replayed.status).toBe(403);
    await trackingServer("linked-2");
    expect((await fetch(link.replace("/linked/", "/linked-2/"))).status).toBe(403);
    expect((await fetch(`${url}-3`)).status).toBe(404);
  });

  it("is not there while nobody listens", async () => {
    await trackingServer("silent");
    const silent = new LocalCloud({ root: fixture.root });
    const sagemaker = await silent.session().clients.sagemaker();
    await expect(
      sagemaker.createPresignedMlflowTrackingServerUrl({ TrackingServerName: "silent" }),
    ).rejects.toThrow(/does not listen.*Call listen\(\) on it, or log to the ARN/);
  });
});
