import * as z from 'zod';
import { LiveSettingsSchema } from '#functions/wiring/trading-settings.ts';
import { createDynamodbPaperLedger } from '#lib/adapters/dynamodb/dynamodb-paper-ledger.ts';
import { createPolygonWalletHistory } from '#lib/adapters/polygon/history/polygon-wallet-history.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { toCsv, toLedgerAnswer } from '#lib/cli/render/ledger-answer.ts';
import { findingLines, renderLedger } from '#lib/cli/render/ledger-table.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { createSuite, findSuite, type SuiteChoice, type SuitePlace } from '#lib/cli/suite/find-suite.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { isReconciled } from '#lib/domain/ledger/ledger-report.ts';
import type { Mode } from '#lib/domain/position/position.ts';
import { utcDay } from '#lib/domain/position/risk-limits.ts';
import { ConfigError } from '#lib/errors/errors.ts';
import { type ReadLedgerCommand, type ReadLedgerDeps, readLedger } from '#lib/lifecycle/ledger/read-ledger.ts';
import { type AwsClients, createAwsClients } from '#lib/runtime/aws-clients.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';
import { toJson } from '#lib/words/to-json.ts';

export type LedgerOptions = SuiteChoice & {
  /** A UTC day, `2026-11-22`. */
  readonly day?: string;
  readonly since?: string;
  readonly mode?: Mode;
  readonly json?: boolean;
  readonly csv?: boolean;
};

const DAY_MS = 86_400_000;

const LedgerEnvSchema = z.object({
  TABLE_NAME: z.string().min(3),
  POLYGON_RPC_URL: LiveSettingsSchema.shape.POLYGON_RPC_URL,
  LIVE_WALLET_ADDRESS: LiveSettingsSchema.shape.LIVE_WALLET_ADDRESS,
});

/** Every movement of cash and shares, by the rows and by the chain. Exit code 1 when the two differ. */
export async function ledgerCommand(terminal: Terminal, options: LedgerOptions): Promise<ExitCode> {
  const range = toRange(options, terminal.nowMs());
  const place = await findSuite(options, terminal.env);
  const suite = createSuite(place);
  const aws = createAwsClients(place.env, place.limits);
  try {
    const side = chooseSide(place, aws, options.mode);
    const report = await readLedger({ store: suite.store, clock, side }, range);
    if (options.json === true) terminal.out(toJson(toLedgerAnswer(report)));
    else if (options.csv === true) {
      terminal.out(toCsv(report));
      for (const { tone, text } of findingLines(report)) if (tone !== 'good') terminal.err(narrate(text));
    } else terminal.out(renderLedger(report, terminal.nowMs(), terminal.paint));
    return isReconciled(report) ? EXIT_CODES.ok : EXIT_CODES.failure;
  } finally {
    suite.close();
    aws.destroy();
  }
}

/** A day of its own, a day and all since, or today. @throws CliError 2 */
function toRange({ day, since }: LedgerOptions, nowMs: number): ReadLedgerCommand {
  const fromMs = parseDay(day ?? since ?? utcDay(nowMs));
  if (fromMs > nowMs)
    throw new CliError(EXIT_CODES.usage, 'usage', `${day ?? since} has not begun yet (days are UTC).`);
  return { fromMs, untilMs: day === undefined ? parseDay(utcDay(nowMs)) + DAY_MS : fromMs + DAY_MS };
}

function parseDay(day: string): number {
  const atMs = z.iso.date().safeParse(day).success ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (Number.isFinite(atMs)) return atMs;
  throw new CliError(EXIT_CODES.usage, 'usage', 'A day must be given as 2026-11-22; days are UTC.');
}

/** Live where the stage trades live, unless asked otherwise. @throws ConfigError */
function chooseSide(place: SuitePlace, aws: AwsClients, asked: Mode | undefined): ReadLedgerDeps['side'] {
  const { TABLE_NAME: tableName, ...env } = parseEnv(LedgerEnvSchema, place.env);
  const { POLYGON_RPC_URL: rpcUrl, LIVE_WALLET_ADDRESS: wallet } = env;
  if ((asked ?? (wallet === undefined ? 'paper' : 'live')) === 'paper') {
    return { mode: 'paper', ledger: createDynamodbPaperLedger({ client: aws.dynamodb, tableName }) };
  }
  if (rpcUrl !== undefined && wallet !== undefined) {
    return { mode: 'live', wallet, history: createPolygonWalletHistory({ clock, rpcUrl, walletAddress: wallet }) };
  }
  const missing = wallet === undefined ? 'LIVE_WALLET_ADDRESS' : 'POLYGON_RPC_URL (a server of Polygon)';
  throw new ConfigError(
    `The live ledger is compared with the chain, for which ${missing} is missing in the environment of ${place.place}`,
  );
}
