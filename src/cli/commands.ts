/** What can be typed: the commands and their options, from which they are parsed and their help is set. Data. */

/** An option. */
export interface OptionSpec {
  /** Without the dashes. */
  readonly name: string;
  /** What stands for its value in the help; without it the option takes none. */
  readonly value?: string;
  /** Whether it may be given several times. */
  readonly multiple?: boolean;
  /** One letter. */
  readonly short?: string;
  /** What it does. */
  readonly help: string;
}

/** A command. */
export interface CommandSpec {
  readonly name: string;
  /** Whether it is about one training job, whose name follows. */
  readonly takesName: boolean;
  /** One line, in the list of commands. */
  readonly summary: string;
  /** More, in its own help. */
  readonly details: readonly string[];
  readonly options: readonly OptionSpec[];
  /** Whether it takes the options that say where the jobs are. */
  readonly hasPlace: boolean;
}

/** Of every command. */
export const HELP: OptionSpec = { name: "help", short: "h", help: "print this help" };
/** Of the whole. */
export const VERSION: OptionSpec = { name: "version", short: "v", help: "print the version" };

/** Where the jobs are. */
export const PLACE: readonly OptionSpec[] = [
  { name: "local", help: "the local cloud of this folder, .sagemaker-local" },
  { name: "root", value: "DIR", help: "the local cloud whose state lies in DIR" },
  { name: "aws", help: "AWS, as the environment and ~/.aws/config say" },
  { name: "region", value: "REGION", help: "AWS, in this region" },
  { name: "profile", value: "NAME", help: "AWS, with this profile of ~/.aws/config" },
  {
    name: "endpoint",
    value: "URL",
    help: "another endpoint for every service: a local cloud that listens, a VPC endpoint",
  },
];

/** The commands, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "local",
    takesName: false,
    summary: "start a local cloud that any AWS client can use",
    details: [
      "Listens until Ctrl-C, and prints the environment that points any AWS client at it, as lines for a shell to evaluate. " +
        "Jobs go on when it ends: they have processes of their own.",
      "Whoever reaches the port can start the programs of --image and --image-root as you.",
    ],
    options: [
      { name: "port", value: "N", help: "the port (default: a free one)" },
      { name: "host", value: "HOST", help: "the address to bind (default: 127.0.0.1)" },
      { name: "allow-remote", help: "needed for an address that other machines can reach" },
      { name: "root", value: "DIR", help: "where its state lies (default: .sagemaker-local)" },
      {
        name: "image",
        value: "URI=FOLDER",
        multiple: true,
        help: "the program folder that stands for an image; may be repeated",
      },
      {
        name: "image-root",
        value: "DIR",
        multiple: true,
        help: "a folder under which any program folder may be named as an image; may be repeated",
      },
      {
        name: "engine",
        value: "ENGINE",
        help: "auto, sandbox, process, bubblewrap, unshare or proot (default: auto)",
      },
      { name: "region", value: "REGION", help: "its region (default: us-east-1)" },
      { name: "verbose", help: "print each request on standard error" },
      { name: "json", help: "print one JSON object instead of lines for a shell" },
    ],
    hasPlace: false,
  },
  {
    name: "jobs",
    takesName: false,
    summary: "list training jobs, the newest first",
    details: [],
    options: [
      {
        name: "status",
        value: "STATUS",
        help: "InProgress, Completed, Failed, Stopping or Stopped",
      },
      { name: "name-contains", value: "TEXT", help: "those with this text in their name" },
      {
        name: "since",
        value: "TIME",
        help: "created since: 30m, 12h, 7d, or a time like 2026-01-31T12:00:00Z",
      },
      { name: "max", value: "N", help: "no more than N, or all (default: 50)" },
      {
        name: "cost",
        help: "what each has cost: billable seconds at the price of AWS's price list, which is asked for it",
      },
      { name: "json", help: "print a JSON object a line" },
    ],
    hasPlace: true,
  },
  {
    name: "logs",
    takesName: true,
    summary: "print a job's log",
    details: [
      "Prints what is there. With --follow it goes on until the job ends, and then ends with exit code 1 if the job failed.",
    ],
    options: [
      { name: "follow", short: "f", help: "go on until the job ends" },
      {
        name: "since",
        value: "TIME",
        help: "nothing older: 30m, 12h, 7d, or a time like 2026-01-31T12:00:00Z",
      },
      { name: "tail", value: "N", help: "only the last N lines of what is there" },
      { name: "host", value: "HOST", help: "one host alone, e.g. algo-1" },
      { name: "timestamps", help: "print each line's time, UTC" },
      { name: "json", help: "print a JSON object a line: time, host, text" },
    ],
    hasPlace: true,
  },
  {
    name: "stop",
    takesName: true,
    summary: "stop a job",
    details: [
      "The program gets SIGTERM and, 120 seconds later, SIGKILL; the model that it has written by then is kept.",
    ],
    options: [{ name: "wait", help: "wait until the job has ended" }],
    hasPlace: true,
  },
  {
    name: "describe",
    takesName: true,
    summary: "print all that is known of a job",
    details: ["Values that are, or look like, credentials are left out."],
    options: [{ name: "json", help: "print DescribeTrainingJob's answer as JSON" }],
    hasPlace: true,
  },
  {
    name: "download",
    takesName: true,
    summary: "bring a job's model, or its output, into a folder",
    details: [
      "Archives are unpacked. The files come whole or not at all, and those that exist already are an error.",
    ],
    options: [
      { name: "model", help: "what the job wrote to /opt/ml/model (the default)" },
      { name: "output", help: "what the job wrote to /opt/ml/output/data" },
      { name: "to", value: "DIR", help: "the folder (default: NAME/model or NAME/output)" },
      { name: "overwrite", help: "replace files that exist" },
      { name: "quiet", short: "q", help: "print no progress" },
    ],
    hasPlace: true,
  },
];

/** Every option that a command takes. */
export function optionsOf({ options, hasPlace }: CommandSpec): readonly OptionSpec[] {
  return [...options, ...(hasPlace ? PLACE : []), HELP];
}
