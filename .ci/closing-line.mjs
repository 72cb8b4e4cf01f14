// Adds up what the test runs of .ci/run counted, as the last line of its output: "N passed, N failed, N skipped".
import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../.cache/test-results/", import.meta.url);
const total = { passed: 0, failed: 0, skipped: 0 };
for (const name of readdirSync(folder)) {
  const results = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
  total.passed += results.numPassedTests;
  total.failed += results.numFailedTests;
  total.skipped += results.numPendingTests + results.numTodoTests;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
