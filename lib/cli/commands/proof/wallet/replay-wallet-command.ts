import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod/mini';
import { groupHistory, lastMoveAtMs, type MarketHistory } from '#infra/proof/replay/wallet/group-history.ts';
import { judgeHistory } from '#infra/proof/replay/wallet/judge-history.ts';
import { toWalletReport } from '#infra/proof/replay/wallet/wallet-report.ts';
import { openRecordingsFolder } from '#infra/venue/recordings-folder.ts';
import type { SavedPrice } from '#lib/adapters/polymarket/history/history-file.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { renderWalletReplay } from '#lib/cli/render/wallet-replay-table.ts';
import { readPublicHosts } from '#lib/cli/suite/public-venue.ts';
import { TERMINAL_WIDTH, type Terminal } from '#lib/cli/terminal.ts';
import { SinceSchema, sinceMs } from '#lib/contracts/api/requests.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';
import { EXIT_TERM_BOUNDS } from '#lib/domain/position/exit-policy.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import type { RecordingSource } from '#lib/venue/books/playing-venue.ts';
import { toJson } from '#lib/words/to-json.ts';
import { learnResults, PAYOUT_OF, type Payouts } from './learn-results.ts';
import { checkWallet, fetchHistory, loadHistory, type OpenedHistory } from './open-history.ts';
import { priceExits } from './price-exits.ts';

export type ReplayWalletOptions = {
  readonly wallet?: string;
  /** A saved answer of the Data API. */
  readonly file?: string;
  readonly save?: string;
  readonly since?: string;
  /** Nothing is asked for: results and prices are those of the file and the recordings. */
  readonly offline?: boolean;
  /** Seconds before the window's end. */
  readonly exitLead: number;
  readonly json?: boolean;
};

/**
 * What the suite would have done with a wallet's positions.
 * @throws CliError 2 or 5, InvalidInputError for a file or folder that cannot be used
 */
export async function replayWalletCommand(
  terminal: Terminal,
  folder: string | undefined,
  options: ReplayWalletOptions,
): Promise<ExitCode> {
  const nowMs = terminal.nowMs();
  const exitLeadMs = toExitLead(options.exitLead);
  const show = progressOf(terminal);
  const hosts = hostsOf(terminal, options);
  if (options.save !== undefined) checkWritable(options.save);
  const recordings = folder === undefined ? null : openRecordingsFolder(folder);
  const fromMs = beginning(options.since, nowMs);
  const opened = await openHistory(options, hosts, fromMs, show);
  const markets = groupHistory(opened.rows).filter((market) => isSince(market, fromMs));
  const payouts: Payouts = new Map(opened.known.payouts);
  const over = markets.filter(({ window }) => window === null || window.endsAtMs <= nowMs);
  const fault = hosts === null || over.length === 0 ? null : await learnResults(hosts, over, payouts);
  addWinners(payouts, recordings, over);
  const facts = { nowMs, exitLeadMs, isTradesOnly: opened.isTradesOnly, payouts };
  const prices = new Map<string, SavedPrice>(opened.known.prices);
  const priced = await priceExits(
    judgeHistory(markets, facts),
    { recordings, hosts, prices, exitLeadMs },
    (done, count) => show(done < count ? `${done} of ${count} positions` : ''),
  );
  const notes = [...opened.facts.notes, ...(fault === null ? [] : [fault])];
  const report = toWalletReport({ ...opened.facts, notes }, priced, { exitLeadMs, nowMs });
  if (options.save !== undefined) writeFileSync(options.save, `${savedText(opened, { payouts, prices, nowMs })}\n`);
  if (options.json === true) {
    terminal.out(toJson(report));
    return EXIT_CODES.ok;
  }
  terminal.out(renderWalletReplay(report, terminal.paint));
  if (options.save !== undefined) terminal.out(`\nWhat was read is in ${options.save}: give it with --file.`);
  return EXIT_CODES.ok;
}

/** The suite takes no other. @throws CliError 2 */
function toExitLead(exitLead: number): number {
  const exitLeadMs = exitLead * 1_000;
  const { exitLeadMsMin, exitLeadMsMax } = EXIT_TERM_BOUNDS;
  if (exitLeadMs >= exitLeadMsMin && exitLeadMs <= exitLeadMsMax) return exitLeadMs;
  const bounds = `from ${exitLeadMsMin / 1_000}s to ${exitLeadMsMax / 60_000}m`;
  throw new CliError(EXIT_CODES.usage, 'usage', `--exit-lead has to be ${bounds}: the suite takes no other.`);
}

/** By the option's name, which the error repeats. */
const OptionsSchema = z.object({ '--since': SinceSchema });

function beginning(since: string | undefined, nowMs: number): number | null {
  if (since === undefined) return null;
  return sinceMs(parseInput(OptionsSchema, { '--since': since }, 'option')['--since'], nowMs);
}

type Hosts = { readonly dataHost: string; readonly gammaHost: string; readonly clobHost: string };

function hostsOf({ env }: Terminal, { offline, file }: ReplayWalletOptions): Hosts | null {
  if (offline === true) {
    if (file !== undefined) return null;
    throw new CliError(EXIT_CODES.usage, 'usage', '--offline needs a saved answer: give it with --file.');
  }
  const { DATA_HOST, GAMMA_HOST, CLOB_HOST } = readPublicHosts(env);
  return { dataHost: DATA_HOST, gammaHost: GAMMA_HOST, clobHost: CLOB_HOST };
}

async function openHistory(
  { wallet, file }: ReplayWalletOptions,
  hosts: Hosts | null,
  fromMs: number | null,
  show: (text: string) => void,
): Promise<OpenedHistory> {
  const address = wallet === undefined ? null : checkWallet(wallet);
  if (file !== undefined) return loadHistory(file, address);
  if (address === null || hosts === null) {
    throw new CliError(EXIT_CODES.usage, 'usage', 'Name a folder of recordings, --wallet or --file.');
  }
  return fetchHistory(address, hosts.dataHost, fromMs, (count) => show(`${count} rows`));
}

function isSince(market: MarketHistory, fromMs: number | null): boolean {
  return fromMs === null || (market.window?.endsAtMs ?? lastMoveAtMs(market)) >= fromMs;
}

/** A recording's winner was inferred from its last book: the venue's own word goes first. */
function addWinners(payouts: Payouts, recordings: RecordingSource | null, markets: readonly MarketHistory[]): void {
  for (const { slug, watched } of markets) {
    const name = recordings?.names.find((each) => each === `${slug}.jsonl.gz`);
    const winner = name === undefined ? null : (recordings?.get(name).winner ?? null);
    if (winner !== null && !payouts.has(watched.conditionId)) payouts.set(watched.conditionId, PAYOUT_OF[winner]);
  }
}

type Learned = {
  readonly payouts: Payouts;
  readonly prices: ReadonlyMap<string, SavedPrice>;
  readonly nowMs: number;
};

function savedText({ facts, served, isTradesOnly, isCut }: OpenedHistory, { payouts, prices, nowMs }: Learned): string {
  const { wallet, source } = facts;
  const read = { payouts: Object.fromEntries(payouts), prices: Object.fromEntries(prices) };
  return toJson({ wallet, source, savedAtMs: nowMs, isTradesOnly, isCut, ...read, rows: served });
}

/** Before minutes of reading. */
function checkWritable(file: string): void {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    const message = `The file ${file} cannot be written. Name a file in a folder that exists.`;
    throw new InvalidInputError(message, {}, { cause: error });
  }
}

function progressOf({ screen }: Terminal): (text: string) => void {
  const blank = ' '.repeat(TERMINAL_WIDTH - 1);
  return (text) => void screen?.write(`\r${blank}\r${text}${text === '' ? '' : '\r'}`);
}
