import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isAddress } from 'viem';
import type { HistoryFacts } from '#infra/proof/replay/wallet/wallet-report.ts';
import { type HistoryFile, parseHistoryFile } from '#lib/adapters/polymarket/history/history-file.ts';
import { type HistoryRow, parseHistoryRows } from '#lib/adapters/polymarket/history/history-rows.ts';
import { readWalletHistory } from '#lib/adapters/polymarket/history/read-wallet-history.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { CliError, EXIT_CODES } from '#lib/cli/cli-error.ts';
import { InvalidInputError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { isoTime } from '#lib/words/time-text.ts';

/** A wallet's history, ready to be judged. */
export type OpenedHistory = {
  readonly rows: readonly HistoryRow[];
  readonly facts: HistoryFacts;
  readonly isTradesOnly: boolean;
  /** As served, to be saved. */
  readonly served: readonly unknown[];
  readonly isCut: boolean;
  /** What a saved file knows beside its rows. */
  readonly known: Pick<HistoryFile, 'payouts' | 'prices'>;
};

/** Windows have a day at most and are listed a day ahead: what was bought for them is not older. */
const BEFORE_SINCE_MS = 2 * 86_400_000;

/** @throws CliError 2 for what is no address */
export function checkWallet(wallet: string): string {
  const isOneCase = wallet === wallet.toLowerCase() || wallet.slice(2) === wallet.slice(2).toUpperCase();
  if (/^0x[0-9a-f]{40}$/i.test(wallet) && (isOneCase || isAddress(wallet, { strict: true }))) {
    return wallet.toLowerCase();
  }
  const isLong = /^0x[0-9a-f]{40}$/i.test(wallet);
  const why = isLong
    ? 'its checksum does not fit, so a character is wrong'
    : 'an address is 0x and 40 hexadecimal digits';
  const message = `--wallet is not an address: ${why}. It is the one that your profile on polymarket.com shows.`;
  throw new CliError(EXIT_CODES.usage, 'usage', message);
}

/** @throws CliError 5 when the Data API cannot be reached, UnexpectedReplyError */
export async function fetchHistory(
  wallet: string,
  dataHost: string,
  sinceMs: number | null,
  onRows: (count: number) => void,
): Promise<OpenedHistory> {
  const fromMs = sinceMs === null ? null : sinceMs - BEFORE_SINCE_MS;
  const query = { wallet, sinceMs: fromMs };
  const served = await readWalletHistory({ clock, dataHost }, query, onRows).catch((error: unknown) => {
    if (!(error instanceof UpstreamUnavailableError)) throw error;
    const { host } = new URL(dataHost);
    const message = `${error.message} (${host}). Check the network, name another host in DATA_HOST, or give a saved answer with --file.`;
    throw new CliError(EXIT_CODES.notRunning, 'venue-unreachable', message, { cause: error });
  });
  const { rows, faults } = parseHistoryRows(served.rows);
  const unreadable =
    faults.length === 0
      ? []
      : [`${faults.length} of ${served.rows.length} rows are not as documented and were left out.`];
  const oldestMs = oldestOf(rows);
  const cut =
    served.isCut && oldestMs !== null
      ? [`The Data API gives no more rows: what is older than ${dayOf(oldestMs)} was not read.`]
      : [];
  const ofTrades = served.isTradesOnly ? [TRADES_ONLY] : [];
  return {
    rows,
    facts: factsOf(wallet, served.path, rows, [...cut, ...unreadable, ...ofTrades]),
    ...{ isTradesOnly: served.isTradesOnly, served: served.rows, isCut: served.isCut },
    known: { payouts: new Map(), prices: new Map() },
  };
}

const TRADES_ONLY = 'The list has trades only: whether winnings were redeemed is not known.';

/** @throws InvalidInputError naming the file and the place, CliError 2 when it is not clear whose history it is */
export function loadHistory(path: string, asked: string | null): OpenedHistory {
  const name = basename(path);
  const file = parseHistoryFile(name, readText(path));
  const { rows: all, faults } = parseHistoryRows(file.rows);
  const [first] = faults;
  if (first !== undefined) {
    const more = faults.length === 1 ? '' : ` (and ${faults.length - 1} more)`;
    throw new InvalidInputError(`${name}, row ${first.row} of ${file.rows.length}: ${first.fault}${more}.`);
  }
  const wallet = asked ?? file.wallet ?? onlyWallet(name, all);
  const rows = all.filter((row) => row.wallet === null || wallet === null || row.wallet === wallet);
  if (all.length > 0 && rows.length === 0) {
    throw new CliError(EXIT_CODES.usage, 'usage', `${name} has no row of ${wallet}.`);
  }
  // A list of both kinds says of redemptions what it knows.
  const isTradesOnly = file.isTradesOnly ?? rows.every(({ type }) => type === 'TRADE');
  const cut = file.isCut ? ['The file is one page of a longer list: the further pages are not in it.'] : [];
  return {
    rows,
    facts: factsOf(wallet, name, rows, [...cut, ...(isTradesOnly && rows.length > 0 ? [TRADES_ONLY] : [])]),
    ...{ isTradesOnly, served: file.rows, isCut: file.isCut },
    known: file,
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InvalidInputError(`The file ${path} cannot be read.`, {}, { cause: error });
  }
}

function onlyWallet(name: string, rows: readonly HistoryRow[]): string | null {
  const wallets = new Set(rows.flatMap(({ wallet }) => wallet ?? []));
  if (wallets.size <= 1) return [...wallets][0] ?? null;
  const message = `${name} has rows of ${wallets.size} wallets: name yours with --wallet.`;
  throw new CliError(EXIT_CODES.usage, 'usage', message);
}

function factsOf(
  wallet: string | null,
  source: string,
  rows: readonly HistoryRow[],
  notes: readonly string[],
): HistoryFacts {
  const trades = rows.filter(({ type }) => type === 'TRADE').length;
  const toMs = rows.length === 0 ? null : rows.reduce((latest, { atMs }) => Math.max(latest, atMs), 0);
  return { wallet, source, rows: rows.length, trades, fromMs: oldestOf(rows), toMs, notes };
}

function oldestOf(rows: readonly HistoryRow[]): number | null {
  return rows.length === 0 ? null : rows.reduce((oldest, { atMs }) => Math.min(oldest, atMs), Number.MAX_SAFE_INTEGER);
}

const dayOf = (atMs: number): string => `${isoTime(atMs).slice(0, 16).replace('T', ' ')} UTC`;
