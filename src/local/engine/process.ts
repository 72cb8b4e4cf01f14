/** No sandbox: the program runs as any other, and finds its files by `SM_*` and `SAGEMAKER_BASE_DIR`. For macOS and plain containers. */

import { ENTER, startContainer } from "./container-process.ts";
import type { Container, ContainerSpec, Engine } from "./engine.ts";

/** The engine that mounts nothing. */
export function processEngine(): Engine {
  return {
    name: "process",
    mounts: false,
    refusal: ({ hosts, networkIsolation, places = [] }) => {
      if (hosts > 1) {
        return `InstanceCount ${hosts}: the process engine runs one host, since names such as algo-2 cannot be made to resolve without a sandbox.`;
      }
      if (places.length > 0) {
        return `${places.join(", ")}: the process engine gives a program no folders outside its /opt/ml. Give a path below /opt/ml, or use the sandbox.`;
      }
      return networkIsolation
        ? "EnableNetworkIsolation: the process engine cannot take the network away."
        : undefined;
    },
    start: async (spec: ContainerSpec): Promise<Container> =>
      await startContainer({
        argv: ["/bin/sh", "-c", ENTER, "container", ...spec.command],
        environment: spec.environment,
        folder: spec.program,
      }),
  };
}
