import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';

/** Synthesises an app under the AWS Solutions rules. @throws Error that names every unacknowledged finding */
export function synthUnderRules(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const { exitCode } = process;
  try {
    app.synth();
  } finally {
    // A finding sets the exit code, which belongs to the test runner here.
    process.exitCode = exitCode;
  }
}
