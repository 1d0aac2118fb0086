import type { IncidentReport } from '#infra/proof/incident/incident-report.ts';
import { INCIDENT_CAUSE_NAMES, type IncidentCauseName } from '#infra/proof/incident/incident-report.ts';
import type { IncidentRequest } from '#infra/proof/incident/run-incident.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { endWithParent, untilInterrupted } from '#lib/cli/interruption.ts';
import { renderIncident } from '#lib/cli/render/incident-table.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { MARKET_VERSIONS } from '#lib/domain/market/market.ts';
import type { MarketVersionChoice } from '#lib/venue/books/market-version.ts';
import { toJson } from '#lib/words/to-json.ts';

export type IncidentOptions = {
  readonly cause: IncidentCauseName | typeof ALL;
  readonly marketVersion: MarketVersionChoice;
  readonly seed: number;
  readonly json?: boolean;
};

const ALL = 'all';
/** For output that is still to be written. */
const LAST_WORDS_MS = 300;

/**
 * Plays the causes; `play` is what does it, the local stack in live mode unless given.
 * @throws CliError 1 when Ctrl-C ended it
 */
export async function incidentCommand(
  terminal: Terminal,
  { cause, marketVersion, seed, json = false }: IncidentOptions,
  play: typeof playOnThisMachine = playOnThisMachine,
): Promise<ExitCode> {
  const causes = cause === ALL ? INCIDENT_CAUSE_NAMES : [cause];
  const versions = marketVersion === 'both' ? MARKET_VERSIONS : [marketVersion];
  const interruption = untilInterrupted();
  const parent = endWithParent(terminal.env);
  try {
    const say = json ? () => undefined : (text: string) => terminal.out(narrate(text));
    say(
      `Replaying the incident in live mode, with a venue and a chain on this machine. ${causes.length === 1 ? 'One cause' : `${causes.length} causes at the same time`}, in markets of ${versions.length === 1 ? `version ${versions[0]}` : 'both versions'}, one to two minutes.`,
    );
    const report = await play({ causes, versions, seed }, say, interruption.signal);
    terminal.out(json ? toJson(report) : renderIncident(report, terminal.paint));
    return isAsItHasToBe(report) ? EXIT_CODES.ok : EXIT_CODES.failure;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    throw new CliError(
      EXIT_CODES.failure,
      'interrupted',
      'Interrupted: there is no report, and nothing is left behind.',
    );
  } finally {
    interruption.dispose();
    parent.dispose();
  }
}

function isAsItHasToBe({ causes }: IncidentReport): boolean {
  return causes.every(({ faults }) => faults.length === 0);
}

async function playOnThisMachine(
  request: IncidentRequest,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<IncidentReport> {
  const [{ runIncident }, { startLocalStack }] = await Promise.all([
    import('#infra/proof/incident/run-incident.ts'),
    import('#lib/cli/suite/local-stack.ts'),
  ]);
  try {
    return await runIncident({ startLocalStack }, request, say, signal);
  } finally {
    // The venue's client waits half a minute for its own sells: Ctrl-C does not wait for that.
    if (signal.aborted) setTimeout(() => process.exit(EXIT_CODES.failure), LAST_WORDS_MS).unref();
  }
}
