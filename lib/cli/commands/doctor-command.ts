import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { planDoctor } from '#lib/cli/doctor/plan-doctor.ts';
import { createSuite, findSuite, type SuiteChoice, type SuitePlace } from '#lib/cli/find-suite.ts';
import { renderChecks, summariseChecks } from '#lib/cli/render/checks-table.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { toJson } from '#lib/cli/to-json.ts';
import { runChecks } from '#lib/lifecycle/check/check.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';

export type DoctorOptions = SuiteChoice & { readonly json?: boolean };

/** All checks run side by side; a key service that wakes up takes the longest. */
const DEADLINE_MS = 10_000;

/** Proves, by reading alone, what would stop an exit. Code 1 when anything is red. */
export async function doctorCommand(terminal: Terminal, options: DoctorOptions): Promise<ExitCode> {
  const place = await findPlace(terminal, options);
  const suite = place && createSuite(place);
  const aws = place && createAwsClients(place.env, place.limits);
  try {
    const deployed = suite && aws && { store: suite.store, aws };
    const { checks: planned, isLive } = planDoctor(place?.env ?? terminal.env, deployed);
    const checks = await runChecks(planned, terminal.nowMs() + DEADLINE_MS);
    const isRed = checks.some(({ status }) => status === 'red');
    if (options.json === true) terminal.out(toJson({ isRed, isLive, checks }));
    else {
      terminal.out(renderChecks(checks, terminal.paint));
      terminal.out(`\n${summariseChecks(checks, isLive, terminal.paint)}`);
    }
    return isRed ? EXIT_CODES.failure : EXIT_CODES.ok;
  } finally {
    suite?.close();
    aws?.destroy();
  }
}

/** Before anything is deployed, the environment alone can be looked at; a place that was asked for has to be there. */
async function findPlace(terminal: Terminal, options: DoctorOptions): Promise<SuitePlace | undefined> {
  try {
    return await findSuite(options, terminal.env);
  } catch (error) {
    const isAsked = options.stage !== undefined || options.stateDir !== undefined;
    const isNowhere = error instanceof CliError && error.exitCode === EXIT_CODES.notRunning;
    if (isAsked || !isNowhere || !terminal.env.CLOB_HOST) throw error;
    return undefined;
  }
}
