import * as z from 'zod';
import { createLiveChecks } from '#functions/wiring/live-checks.ts';
import { createLiveDeps } from '#functions/wiring/live-deps.ts';
import { RelayerSettings } from '#functions/wiring/relayer-settings.ts';
import { ExitSettingsSchema, LiveSettingsSchema, toLiveSettings } from '#functions/wiring/trading-settings.ts';
import { createDynamodbApprovalReadings } from '#lib/adapters/dynamodb/dynamodb-approval-readings.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { createPolymarketVenueFacts } from '#lib/adapters/polymarket/market-data/polymarket-venue-facts.ts';
import { parseRelayerKey } from '#lib/adapters/polymarket/relayer/relayer-key.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { renderChecks, summariseChecks } from '#lib/cli/render/checks-table.ts';
import { createSuite, findSuite, type SuiteChoice, type SuitePlace } from '#lib/cli/suite/find-suite.ts';
import { openDeployment } from '#lib/cli/suite/open-deployment.ts';
import { planSuiteChecks } from '#lib/cli/suite/suite-checks.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { type PlannedCheck, runChecks } from '#lib/lifecycle/check/check.ts';
import { planMarketChecks } from '#lib/lifecycle/check/market-checks.ts';
import { planSettlementChecks } from '#lib/lifecycle/check/settlement-checks.ts';
import type { ApprovalReadings } from '#lib/ports/wallet/approval-readings.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import { type Env, parseEnv } from '#lib/runtime/parse-env.ts';
import { toJson } from '#lib/words/to-json.ts';

export type DoctorOptions = SuiteChoice & { readonly json?: boolean };

/** All checks run side by side; a key service that has been idle takes the longest. */
const DEADLINE_MS = 10_000;

const VenueEnvSchema = z
  .object({ CLOB_HOST: z.url(), GAMMA_HOST: z.url() })
  .extend(LiveSettingsSchema.shape)
  .extend({ MAINTENANCE_WINDOWS: ExitSettingsSchema.shape.MAINTENANCE_WINDOWS })
  .extend({ LIVE_RELAYER_SECRET: RelayerSettings.shape.LIVE_RELAYER_SECRET });

/** Checks, by reading only, what would stop an exit or a buy. Exit code 1 when a check is red. */
export async function doctorCommand(terminal: Terminal, options: DoctorOptions): Promise<ExitCode> {
  const place = await findPlace(terminal, options);
  const suite = place && createSuite(place);
  const aws = place && createAwsClients(place.env, place.limits);
  const watched = place && aws && openDeployment(place, aws, options.stage);
  try {
    const env = place?.env ?? terminal.env;
    const parts = suite && watched ? planSuiteChecks(env, suite, watched.deployment) : [];
    const tableName = env.TABLE_NAME;
    const readings = aws && tableName ? createDynamodbApprovalReadings({ client: aws.dynamodb, tableName }) : undefined;
    const { checks: venueChecks, isLive } = planVenueChecks(env, readings);
    const checks = await runChecks([...venueChecks, ...parts], terminal.nowMs() + DEADLINE_MS);
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
    watched?.destroy();
  }
}

/** Before anything is deployed, the environment alone is checked. A place named by an option has to exist. */
async function findPlace(terminal: Terminal, options: DoctorOptions): Promise<SuitePlace | undefined> {
  try {
    return await findSuite(options, terminal.env);
  } catch (error) {
    const isNamed = options.stage !== undefined || options.stateDir !== undefined;
    const isNowhere = error instanceof CliError && error.exitCode === EXIT_CODES.notRunning;
    if (isNamed || !isNowhere || !terminal.env.CLOB_HOST) throw error;
    return undefined;
  }
}

/** @throws ConfigError when a variable is missing, or live trading is half configured */
function planVenueChecks(
  env: Env,
  // Used and not written: the doctor only reads.
  readings: Pick<ApprovalReadings, 'find'> | undefined,
): { readonly checks: readonly PlannedCheck[]; readonly isLive: boolean } {
  const config = parseEnv(VenueEnvSchema, env);
  const { CLOB_HOST: clobHost, GAMMA_HOST: gammaHost, MAINTENANCE_WINDOWS: maintenance } = config;
  const marketData = createPolymarketMarketData({ clobHost, gammaHost, clock });
  const facts = createPolymarketVenueFacts({ clobHost, gammaHost, clock });
  const settings = toLiveSettings(config);
  const wiring = {
    clobHost,
    clock,
    env,
    ids: createSystemIdSource(clock),
    maintenance,
    mayRenew: false,
    readings: readings && { find: readings.find },
  };
  const market = planMarketChecks({ clock, marketData, facts });
  if (settings === undefined) return { isLive: false, checks: market };
  const live = createLiveDeps(settings, wiring);
  const { checks, inspection, key } = createLiveChecks(settings, live, wiring);
  const { LIVE_RELAYER_SECRET: secretName } = config;
  const loadRelayer =
    secretName === undefined ? null : async () => describeRelayerKey(await live.vault.getSecret(secretName));
  return { isLive: true, checks: [...market, ...checks, ...planSettlementChecks({ inspection, key, loadRelayer })] };
}

function describeRelayerKey(secretText: string): string {
  const relayerKey = parseRelayerKey(secretText);
  return 'address' in relayerKey ? `of ${relayerKey.address}` : "a builder's key";
}
