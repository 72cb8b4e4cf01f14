/** The container contract, item by item: which job shows it, how it is read there, and which engine does it otherwise. */

import { type EngineName, fact, type User, yes } from "./evidence.ts";
import type { Item } from "./item.ts";
import { FILES } from "./items-files.ts";
import { PROCESSES } from "./items-processes.ts";

/** What a cell of the table says where the job is refused. */
export const REFUSED = "refused";

const NO_NETWORK = {
  proot: /^ClientError: EnableNetworkIsolation: proot cannot take the network away/,
  process: /EnableNetworkIsolation: the process engine cannot take the network away/,
};
const ONE_HOST = { process: /InstanceCount 2: the process engine runs one host/ };
const APART =
  /EnableNetworkIsolation with several hosts: each would have a network of its own, and could not reach the others/;

const NETWORK: readonly Item[] = [
  {
    name: "host name `algo-1`",
    job: "ordinary",
    see: (of) => (fact(of, "host") === "algo-1" ? "yes" : fact(of, "host") && "the machine's"),
    differs: { proot: "the machine's", process: "the machine's" },
  },
  {
    name: "endpoint and credentials of the local cloud",
    job: "ordinary",
    see: (of) => yes(fact(of, "cloud") === "200" && fact(of, "credentials") === "given"),
  },
  {
    name: "several hosts, which find each other by name",
    job: "hosts",
    see: (of) =>
      yes(
        of.status === "Completed" &&
          [0, 1].every((host) => fact(of, "resolves", host) === "algo-1 algo-2") &&
          fact(of, "heard", 1) === "algo-1",
      ),
    refused: ONE_HOST,
  },
  {
    name: "each of several hosts has files of its own",
    job: "hosts",
    see: (of) =>
      yes(
        [0, 1].every((host) => fact(of, "model", host) === `algo-${host + 1}`) &&
          of.output.includes("model.tar.gz"),
      ),
    refused: ONE_HOST,
  },
  {
    name: "network isolation: the host's own loopback, by address and name, and nothing else",
    job: "isolated",
    see: (of) =>
      yes(
        fact(of, "interfaces") === "lo" &&
          fact(of, "heard") === "myself" &&
          fact(of, "machine") === "ECONNREFUSED",
      ),
    refused: NO_NETWORK,
  },
  {
    name: "network isolation: no credentials",
    job: "isolated",
    see: (of) => yes(fact(of, "credentials") === "none"),
    refused: NO_NETWORK,
  },
  {
    name: "network isolation of several hosts, which reach each other alone",
    job: "isolatedHosts",
    see: () => undefined,
    refused: { bubblewrap: APART, unshare: APART, proot: APART, process: APART },
  },
];

/** All items, by the headings of the table. */
export const ITEMS: Readonly<Record<string, readonly Item[]>> = {
  "Files and data": FILES,
  "The program and its processes": PROCESSES,
  "Hosts and network": NETWORK,
};

/** What a cell of the table is expected to say. */
export function expected({ differs, refused }: Item, engine: EngineName, user: User): string {
  if (refused?.[engine] !== undefined) return REFUSED;
  const difference = differs?.[engine] ?? "yes";
  return typeof difference === "string" ? difference : difference[user];
}
