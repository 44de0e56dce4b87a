// Adds up the test reports of a CI run and prints the closing line. A step that failed without a failed test counts
// as one failure, a skipped test as a failure too: in CI everything is installed.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [failedSteps, folder] = process.argv.slice(2);
let passed = 0;
let failed = 0;
for (const suite of ['main', 'engines', 'node26', 'browser', 'package']) {
  const file = `${folder}/${suite}.json`;
  if (!existsSync(file)) {
    console.log(`no report of the ${suite} tests`);
    failed += 1;
    continue;
  }
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const skipped = report.numPendingTests + report.numTodoTests;
  if (skipped > 0) console.log(`${suite}: ${skipped} skipped`);
  for (const file of report.testResults) {
    if (file.assertionResults.length === 0 && file.status === 'failed') console.log(`${suite}: ${file.name} did not run: ${file.message}`);
    for (const test of file.assertionResults) {
      if (test.failureMessages.length === 0) continue;
      // A test that passed at its second run is named, too: it, or the gate, depends on the machine's speed.
      const outcome = test.status === 'passed' ? 'failed, then passed' : 'failed';
      console.log(
        `${suite}: ${outcome}: ${relative('.', file.name)} > ${test.fullName}\n${test.failureMessages.join('\n').slice(0, 1500)}`,
      );
    }
  }
  passed += report.numPassedTests;
  failed += report.numFailedTests + skipped;
}
if (failed === 0) failed = Number(failedSteps);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
