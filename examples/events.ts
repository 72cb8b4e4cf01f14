/** Everything that happens to a job, as it happens: by a callback, and afterwards by an iterator. */

import { join } from "node:path";
import { Estimator } from "sagemaker-estimator";
import { metricDefinitions } from "sagemaker-estimator/container";

const estimator = new Estimator({
  imageUri: join(import.meta.dirname, "program"),
  instanceType: "local",
  environment: { STEPS: "5" },
  metricDefinitions: metricDefinitions(["loss"]),
});

const losses: number[] = [];
const job = await estimator.fit(undefined, {
  logs: "None", // nothing is printed but what we print
  onEvent(event) {
    switch (event.type) {
      case "status":
        console.log(event.time.toISOString(), event.secondaryStatus, "-", event.message);
        break;
      case "log":
        console.log(event.time.toISOString(), event.host, event.text);
        break;
      case "metric":
        losses.push(event.value);
        break;
      case "end":
        console.log("ended as", event.status);
        break;
      default:
        break;
    }
  },
});
console.log("losses:", losses);

// The same again, from the beginning: the log of a job that has ended is all there.
for await (const { host, text } of job.logs()) {
  console.log(host, text);
}
