/** The /opt/ml tree of a training container, byte for byte where that is known. */

import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type {
  ChannelSource,
  InstanceGroup,
  JobRequest,
  MetricDefinition,
  SyncedPath,
} from "./runner/job-request.ts";

/** `hyperparameters.json`: all values strings, in the request's order, `{}` when none. */
function hyperparametersJson(values: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(values);
}

/** `inputdataconfig.json`: the channels in the request's order; their URIs are not told. */
export function inputDataConfigJson(
  channels: readonly Pick<
    ChannelSource,
    "name" | "contentType" | "inputMode" | "distribution" | "recordWrapperType"
  >[],
): string {
  // Built by hand: in an object, a channel called `1` would move to the front and one called `__proto__` would vanish.
  const members = channels.map(
    ({ name, contentType, inputMode, distribution, recordWrapperType }) =>
      `${JSON.stringify(name)}:${JSON.stringify({
        ...(contentType === undefined ? {} : { ContentType: contentType }),
        TrainingInputMode: inputMode,
        S3DistributionType: distribution,
        RecordWrapperType: recordWrapperType,
      })}`,
  );
  return `{${members.join(",")}}`;
}

/** `resourceconfig.json` of one host. */
export function resourceConfigJson(groups: readonly InstanceGroup[], host: string): string {
  const group = groups.find(({ hosts }) => hosts.includes(host));
  return JSON.stringify({
    current_host: host,
    current_instance_type: group?.instanceType,
    current_group_name: group?.name,
    hosts: groups.flatMap(({ hosts }) => hosts).sort(),
    instance_groups: groups.map(({ name, instanceType, hosts }) => ({
      instance_group_name: name,
      instance_type: instanceType,
      hosts,
    })),
    network_interface_name: "eth0",
    topology: null,
  });
}

/** `metric-definition-regex.json`: `[]` when the job defines no metrics. */
function metricDefinitionsJson(definitions: readonly MetricDefinition[]): string {
  return JSON.stringify(definitions.map(({ Name, Regex }) => ({ Name, Regex })));
}

/** The files of `/opt/ml/input/config` for one host, by name. */
export function configFiles(
  request: JobRequest,
  host: string,
): readonly (readonly [name: string, content: string])[] {
  const files: [string, string][] = [
    ["hyperparameters.json", hyperparametersJson(request.hyperParameters)],
    ["inputdataconfig.json", inputDataConfigJson(channelsOf(request, host))],
    ["resourceconfig.json", resourceConfigJson(request.instanceGroups, host)],
    // The service's own, of unpublished content.
    ["init-config.json", "{}"],
    ["metric-definition-regex.json", metricDefinitionsJson(request.metricDefinitions)],
  ];
  if (request.checkpointPath !== undefined) {
    files.push(["checkpointconfig.json", JSON.stringify({ LocalPath: request.checkpointPath })]);
  }
  if (request.debugHookConfig !== undefined) {
    files.push(["debughookconfig.json", JSON.stringify(request.debugHookConfig)]);
  }
  if (request.profilerConfig !== undefined) {
    files.push(["profilerconfig.json", JSON.stringify(request.profilerConfig)]);
  }
  return files;
}

/** The channels that a host gets: those of its instance group, or of all. */
export function channelsOf(request: JobRequest, host: string): readonly ChannelSource[] {
  const group = request.instanceGroups.find(({ hosts }) => hosts.includes(host))?.name;
  return request.channels.filter(
    ({ instanceGroups }) =>
      instanceGroups === undefined || (group !== undefined && instanceGroups.includes(group)),
  );
}

/** The folders that are there before the program starts, relative to /opt/ml. */
export function optMlFolders(request: JobRequest, host: string): readonly string[] {
  return [
    "input/config",
    "input/data",
    ...channelsOf(request, host).flatMap(({ name, inputMode }) =>
      inputMode === "Pipe" ? [] : `input/data/${name}`,
    ),
    "model",
    "output/data",
    "output/metrics/sagemaker",
  ];
}

/** One host's own folder, and what a container makes of its parts. */
export interface HostFolder {
  readonly name: string;
  /** Holds `ml` (/opt/ml), `tmp` (/tmp), `home` (HOME), `hosts` (/etc/hosts) and the engine's `scratch`. */
  readonly path: string;
  /** The folder that is its /opt/ml. */
  readonly ml: string;
}

/** A host's folders, below the job's. */
export function hostFolder(jobFolder: string, name: string): HostFolder {
  const path = join(jobFolder, "hosts", name);
  return { name, path, ml: join(path, "ml") };
}

/** Makes a host's folders and configuration files; the channels' data comes later. */
export async function writeHostFolder(
  { name, path, ml }: HostFolder,
  request: JobRequest,
): Promise<void> {
  for (const part of ["tmp", "home", "scratch"]) {
    await mkdir(join(path, part), { recursive: true });
  }
  for (const folder of optMlFolders(request, name)) {
    await mkdir(join(ml, folder), { recursive: true });
  }
  for (const { folder } of syncedFolders({ path, ml }, request)) {
    await mkdir(folder, { recursive: true });
  }
  for (const [file, content] of configFiles(request, name)) {
    await writeFile(join(ml, "input/config", file), content);
  }
  await writeFile(join(path, "hosts"), hostsFile(request.hosts));
}

/** Where a path of the container, below /opt/ml or /tmp, lies on this machine. */
export function placeOf({ path, ml }: Pick<HostFolder, "path" | "ml">, inside: string): string {
  return inside.startsWith("/tmp/")
    ? join(path, "tmp", relative("/tmp", inside))
    : join(ml, relative("/opt/ml", inside));
}

/** Where a host's synced folders lie on this machine, and which of them its container must be shown. */
export function syncedFolders(
  host: Pick<HostFolder, "path" | "ml">,
  { synced }: JobRequest,
): readonly { readonly path: SyncedPath; readonly folder: string; readonly isMounted: boolean }[] {
  return synced.map((path, index) => {
    const isMounted = !/^\/(?:opt\/ml|tmp)\//.test(path.localPath);
    const folder = isMounted
      ? join(host.path, "places", String(index))
      : placeOf(host, path.localPath);
    return { path, folder, isMounted };
  });
}

/** `/etc/hosts`: each host resolves to a loopback address of its own, so that several share one machine's network. */
export function hostsFile(hosts: readonly string[]): string {
  const lines = hosts.map((host, index) => `${loopback(index + 1)} ${host}`);
  return `127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n${lines.join("\n")}\n`;
}

function loopback(index: number): string {
  return `127.${Math.floor(index / 65_536) % 256}.${Math.floor(index / 256) % 256}.${index % 256}`;
}
