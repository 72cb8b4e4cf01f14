/**
 * The driver's helper, once in Python and once in JavaScript: reads the job's configuration and answers with shell code. Both must
 * answer alike. Text; pure.
 */

/** `\\` is one backslash. */
export const READ_CONFIG_PY = `# Answers with shell code: what the job's configuration says, as variables and arguments. Written by sagemaker-estimator.
import json
import os
import re
import sys

base = sys.argv[1]
MINE = ("code", "sagemaker_driver")
RESERVED = ("_tuning_objective_metric", "default_user_module_name")
# The kernel takes no longer string.
LONGEST = 100000


def read(name):
    try:
        with open(os.path.join(base, "input", "config", name), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def refuse(text):
    raise ValueError(text)


def parsed(text):
    try:
        return json.loads(text, parse_constant=refuse)
    except ValueError:
        return text


def compact(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


# What JSON puts in quotes comes without them; all else as it was given.
def plain(text):
    value = parsed(text)
    return value if isinstance(value, str) else text


def quote(text):
    return "'" + text.replace("\\0", "").replace("'", "'\\\\''") + "'"


resources = read("resourceconfig.json")
inputs = read("inputdataconfig.json")
given = {
    name: text
    for name, text in read("hyperparameters.json").items()
    if not name.startswith("sagemaker_") and name not in RESERVED
}
channels = sorted(name for name in inputs if name not in MINE)
host = resources.get("current_host", "algo-1")
hosts = resources.get("hosts") or [host]
group = resources.get("current_group_name", "homogeneousCluster")
groups = resources.get("instance_groups") or []
args = []
for name in sorted(given):
    args += [("--" if len(name) > 1 else "-") + name, plain(given[name])]

variables = {
    "SM_CURRENT_HOST": host,
    "SM_HOSTS": compact(hosts),
    "SM_HOST_COUNT": str(len(hosts)),
    "SM_CURRENT_HOST_RANK": str(hosts.index(host) if host in hosts else 0),
    "SM_MASTER_ADDR": hosts[0],
    "SM_MASTER_PORT": "7777",
    "SM_CURRENT_INSTANCE_TYPE": resources.get("current_instance_type", "local"),
    "SM_CURRENT_INSTANCE_GROUP": group,
    "SM_CURRENT_INSTANCE_GROUP_HOSTS": compact(
        next((one.get("hosts", []) for one in groups if one.get("instance_group_name") == group), hosts)
    ),
    "SM_INSTANCE_GROUPS": compact([one.get("instance_group_name") for one in groups] or [group]),
    "SM_NETWORK_INTERFACE_NAME": resources.get("network_interface_name", "eth0"),
    "SM_RESOURCE_CONFIG": compact(resources),
    "SM_INPUT_DATA_CONFIG": compact({name: inputs[name] for name in channels}),
    "SM_CHANNELS": compact(channels),
    "SM_HPS": compact({name: parsed(text) for name, text in given.items()}),
    "SM_USER_ARGS": compact(args),
}
# Under the training toolkit's names, which keep a hyphen, and under names that a shell can read.
named = [("SM_CHANNEL_" + name.upper(), os.path.join(base, "input", "data", name)) for name in channels]
named += [("SM_HP_" + name.upper(), plain(given[name])) for name in sorted(given)]
for name, value in named:
    variables[re.sub("[^A-Z0-9_]", "_", name)] = value
unreadable = {name: value for name, value in named if re.search("[^A-Z0-9_]", name) and "=" not in name}

lines = []
for name, value in variables.items():
    if len(value.encode("utf-8", "replace")) < LONGEST:
        lines.append("export " + name + "=" + quote(value))
lines.append("set -- " + " ".join(map(quote, args)) + ' "$@"')
if unreadable:
    words = " ".join(quote(name + "=" + value) for name, value in unreadable.items())
    lines.append("if has env; then launch() { exec env " + words + ' "$@"; }; fi')
sys.stdout.buffer.write(("\\n".join(lines) + "\\n").encode("utf-8", "replace"))
`;

/** `\\` is one backslash. */
export const READ_CONFIG_JS = `// Answers with shell code: what the job's configuration says, as variables and arguments. Written by sagemaker-estimator.
import { readFileSync } from "node:fs";

const base = process.argv[2];
const MINE = ["code", "sagemaker_driver"];
const RESERVED = ["_tuning_objective_metric", "default_user_module_name"];
// The kernel takes no longer string.
const LONGEST = 100000;

function read(name) {
  try {
    return JSON.parse(readFileSync(base + "/input/config/" + name, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return {};
    throw error;
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

const compact = (value) => JSON.stringify(sorted(value));

// What JSON puts in quotes comes without them; all else as it was given.
function plain(text) {
  const value = parsed(text);
  return typeof value === "string" ? value : text;
}

const quote = (text) => "'" + text.replaceAll("\\0", "").replaceAll("'", "'\\\\''") + "'";

const resources = read("resourceconfig.json");
const inputs = read("inputdataconfig.json");
const given = Object.fromEntries(
  Object.entries(read("hyperparameters.json")).filter(
    ([name]) => !name.startsWith("sagemaker_") && !RESERVED.includes(name),
  ),
);
const names = Object.keys(given).sort();
const channels = Object.keys(inputs).filter((name) => !MINE.includes(name)).sort();
const host = resources.current_host ?? "algo-1";
const hosts = resources.hosts?.length ? resources.hosts : [host];
const group = resources.current_group_name ?? "homogeneousCluster";
const groups = resources.instance_groups ?? [];
const args = names.flatMap((name) => [([...name].length > 1 ? "--" : "-") + name, plain(given[name])]);

const variables = {
  SM_CURRENT_HOST: host,
  SM_HOSTS: compact(hosts),
  SM_HOST_COUNT: String(hosts.length),
  SM_CURRENT_HOST_RANK: String(Math.max(0, hosts.indexOf(host))),
  SM_MASTER_ADDR: hosts[0],
  SM_MASTER_PORT: "7777",
  SM_CURRENT_INSTANCE_TYPE: resources.current_instance_type ?? "local",
  SM_CURRENT_INSTANCE_GROUP: group,
  SM_CURRENT_INSTANCE_GROUP_HOSTS: compact(
    groups.find((one) => one.instance_group_name === group)?.hosts ?? hosts,
  ),
  SM_INSTANCE_GROUPS: compact(groups.length ? groups.map((one) => one.instance_group_name) : [group]),
  SM_NETWORK_INTERFACE_NAME: resources.network_interface_name ?? "eth0",
  SM_RESOURCE_CONFIG: compact(resources),
  SM_INPUT_DATA_CONFIG: compact(Object.fromEntries(channels.map((name) => [name, inputs[name]]))),
  SM_CHANNELS: compact(channels),
  SM_HPS: compact(Object.fromEntries(names.map((name) => [name, parsed(given[name])]))),
  SM_USER_ARGS: compact(args),
};
// Under the training toolkit's names, which keep a hyphen, and under names that a shell can read.
const named = [
  ...channels.map((name) => ["SM_CHANNEL_" + name.toUpperCase(), base + "/input/data/" + name]),
  ...names.map((name) => ["SM_HP_" + name.toUpperCase(), plain(given[name])]),
];
for (const [name, value] of named) variables[name.replace(/[^A-Z0-9_]/gu, "_")] = value;
const unreadable = named.filter(([name]) => /[^A-Z0-9_]/.test(name) && !name.includes("="));

const lines = Object.entries(variables)
  .filter(([, value]) => Buffer.byteLength(value) < LONGEST)
  .map(([name, value]) => "export " + name + "=" + quote(value));
lines.push("set -- " + args.map(quote).join(" ") + ' "$@"');
if (unreadable.length > 0) {
  const words = unreadable.map(([name, value]) => quote(name + "=" + value)).join(" ");
  lines.push("if has env; then launch() { exec env " + words + ' "$@"; }; fi');
}
process.stdout.write(lines.join("\\n") + "\\n");
`;
