/**
 * The driver: what stands in the place of an image's own `train` and starts a program that is not in the image. It is a script for
 * any POSIX shell (dash and busybox among them), with a helper for whichever of Python and Node the image has. Text; pure.
 */

import type { FileContents } from "../../transfer/source.ts";
import { CODE_CHANNEL, DRIVER_CHANNEL } from "./code-channels.ts";
import { READ_CONFIG_JS, READ_CONFIG_PY } from "./driver-config.ts";

/** What the driver is told. */
export interface DriverSettings {
  /** The program, as a path below the code's folder. */
  readonly entryPoint: string;
  /** A number of Python's `logging`. */
  readonly logLevel: number;
  /** Whether pip installs `requirements.txt` first. */
  readonly installRequirements: boolean;
}

/** The driver's file. */
const DRIVER_FILE = "run.sh";

/**
 * The command that starts the driver.
 *
 * @param folder - where it lies below the channels' folder
 */
export function driverCommand(folder: string): readonly string[] {
  return ["/bin/sh", `/opt/ml/input/data/${folder}/${DRIVER_FILE}`];
}

/**
 * The driver's files.
 *
 * @param settings - what it is told; a line each, so that no value is ever part of a script
 * @param folder - put before their names
 */
export function driverFiles(settings: DriverSettings, folder = ""): FileContents[] {
  const { entryPoint, logLevel, installRequirements } = settings;
  const lines = [entryPoint, String(logLevel), installRequirements ? "install" : ""];
  const files: [string, string][] = [
    [DRIVER_FILE, RUN_SH],
    ["read-config.py", READ_CONFIG_PY],
    ["read-config.mjs", READ_CONFIG_JS],
    ["settings", `${lines.join("\n")}\n`],
  ];
  return files.map(([name, contents]) => ({ fileName: `${folder}${name}`, contents }));
}

/** A trap for whoever edits this: `\${` is the shell's, `\\` is one backslash. */
const RUN_SH = `#!/bin/sh
# Starts a training program that is not in the image. Written by sagemaker-estimator.
base=\${SAGEMAKER_BASE_DIR:-/opt/ml}
here=\${0%/*}
code=$base/input/data/${CODE_CHANNEL}

# Why the program was not started becomes the job's FailureReason. $1: the reason; $2: the exit code.
fail() {
  trap - EXIT
  echo "sagemaker-estimator: $1" >&2
  mkdir -p "$base/output" 2>/dev/null
  printf '%s' "$1" 2>/dev/null >"$base/output/failure"
  exit "$2"
}

has() {
  command -v "$1" >/dev/null 2>&1
}

if ! { IFS= read -r program && IFS= read -r level && IFS= read -r install; } <"$here/settings"; then
  fail "The driver's settings, $here/settings, cannot be read." 1
fi
if [ ! -f "$code/$program" ]; then
  fail "No file named \\"$program\\" was found in $code." 127
fi
cd "$code" || fail "The code's folder, $code, cannot be entered." 1

export SM_INPUT_DIR="$base/input"
export SM_INPUT_CONFIG_DIR="$base/input/config"
export SM_MODEL_DIR="$base/model"
export SM_OUTPUT_DIR="$base/output"
export SM_OUTPUT_DATA_DIR="$base/output/data"
export SM_OUTPUT_INTERMEDIATE_DIR="$base/output/intermediate"
export SM_MODULE_DIR="$code"
export SM_USER_ENTRY_POINT="$program"
export SM_LOG_LEVEL="$level"
mkdir -p "$SM_MODEL_DIR" "$SM_OUTPUT_DATA_DIR" 2>/dev/null

cpus=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
gpus=0
if has nvidia-smi; then
  gpus=$(nvidia-smi -L 2>/dev/null | wc -l)
fi
export SM_NUM_CPUS="$((cpus))"
export SM_NUM_GPUS="$((gpus))"

# Without Python and Node, this is what can be known of the channels.
channels=
for folder in "$base"/input/data/*/; do
  name=\${folder%/}
  name=\${name##*/}
  case $name in
    "*" | ${CODE_CHANNEL} | ${DRIVER_CHANNEL}) continue ;;
  esac
  variable=SM_CHANNEL_$(printf '%s' "$name" | tr 'a-z.-' 'A-Z__')
  export "$variable=\${folder%/}"
  channels="$channels\${channels:+,}\\"$name\\""
done
export SM_CHANNELS="[$channels]"

python=
for name in python3 python; do
  if has "$name"; then
    python=$name
    break
  fi
done

# Replaced by one that sets what the shell has no names for: SM_HP_LEARNING-RATE.
launch() {
  exec "$@"
}

# The helper answers with shell code: variables, the hyperparameters as arguments before those that are there.
words=
reader=
if [ -n "$python" ] && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 4))' 2>/dev/null; then
  reader=$python
  words=$("$python" -I "$here/read-config.py" "$base")
elif has node; then
  reader=node
  words=$(node "$here/read-config.mjs" "$base")
fi
if [ -n "$reader" ]; then
  [ -n "$words" ] || fail "The job's configuration in $base/input/config cannot be read by $reader." 1
  eval "$words"
fi

if [ -n "$install" ]; then
  [ -n "$python" ] || fail "requirements.txt needs pip, and the image has neither python3 nor python." 127
  child=
  trap 'kill -TERM "$child" 2>/dev/null' TERM INT
  "$python" -m pip install --no-input --disable-pip-version-check -r requirements.txt &
  child=$!
  wait "$child"
  status=$?
  # A signal ends the waiting, not pip.
  while kill -0 "$child" 2>/dev/null; do
    wait "$child"
    status=$?
  done
  trap - TERM INT
  if [ "$status" -ne 0 ]; then
    fail "pip could not install requirements.txt (exit code $status); the log says why." "$status"
  fi
fi

case $program in
  *.py)
    [ -n "$python" ] || fail "$program needs Python, and the image has neither python3 nor python." 127
    export PYTHONPATH="$code\${PYTHONPATH:+:$PYTHONPATH}"
    # Lines in the log when they are printed, and not lost when the job is killed.
    export PYTHONUNBUFFERED="\${PYTHONUNBUFFERED-1}"
    set -- "$python" "$code/$program" "$@"
    ;;
  *.js | *.mjs | *.cjs)
    has node || fail "$program needs Node, and the image has no node." 127
    set -- node "$code/$program" "$@"
    ;;
  *.sh)
    shell=/bin/sh
    IFS= read -r first <"$code/$program"
    case $first in
      '#!'*bash*) has bash && shell=bash ;;
    esac
    set -- "$shell" "$code/$program" "$@"
    ;;
  *)
    # Channels bring no permissions.
    file=$code/$program
    if [ ! -x "$file" ] && ! chmod u+x "$file" 2>/dev/null; then
      file=\${TMPDIR:-/tmp}/sagemaker-program-$$
      if ! { cp "$code/$program" "$file" && chmod u+x "$file"; } 2>/dev/null; then
        fail "$program cannot be made executable, neither in $code nor in \${TMPDIR:-/tmp}." 126
      fi
    fi
    IFS= read -r first <"$file"
    case $first in
      '#!'*)
        first=\${first#??}
        first=\${first#"\${first%%[! ]*}"}
        [ -x "\${first%% *}" ] || fail "$program needs \${first%% *}, which is not in the image." 127
        ;;
    esac
    set -- "$file" "$@"
    ;;
esac

# Only when the program could not be started does this shell come to its end.
trap 'fail "$program could not be started." 126' EXIT
launch "$@"
`;
