import type { WalletReport, WalletRow } from '#infra/proof/replay/wallet/wallet-report.ts';
import type { Paint } from '#lib/cli/terminal.ts';
import { assetOfSlug, parseMarketSlug, WINDOW_MS, WINDOWS } from '#lib/domain/market/up-down-markets.ts';
import { cents, dollars, signedDollars } from '#lib/words/money-text.ts';
import { clockText, isoTime } from '#lib/words/time-text.ts';
import { toneOfPnl } from '#lib/words/tone.ts';
import { plainTable } from './plain-table.ts';
import { narrate, shorten } from './wrap-text.ts';

/** More are for programs. */
const ROWS_MAX = 40;
const MARKET_WIDTH = 18;
const SIDE_WIDTH = 5;

/** `tminus replay --wallet`: a line for each position, and what the suite would have changed, in words. */
export function renderWalletReplay(report: WalletReport, paint: Paint): string {
  const { positions } = report;
  const notes = report.history.notes.map((note) => paint('warn', narrate(note)));
  if (positions.length === 0) return [narrate(emptyText(report)), ...notes].join('\n');
  const more = positions.length - ROWS_MAX;
  const table = plainTable(
    ['Market', 'Side', 'Cost', 'Result', 'At end', 'T-minus', 'Change'],
    positions.slice(0, ROWS_MAX).map((row) => lineOf(row, paint)),
    { rightAligned: [2, 3, 6] },
  );
  const cut = more > 0 ? [paint('quiet', `${more} older positions are not shown; --json has them.`)] : [];
  const words = sentencesOf(report).map(narrate);
  return [narrate(headOf(report)), '', table, ...cut, '', ...words, ...notes].join('\n');
}

function emptyText({ history }: WalletReport): string {
  const whose = history.wallet === null ? 'This history' : `The wallet ${history.wallet}`;
  if (history.rows > 0) return `${whose} has no position in the time that was asked for.`;
  return `${whose} has no trades: the address is that of your profile on polymarket.com, not that of your key.`;
}

function headOf({ history, positions }: WalletReport): string {
  const { wallet, trades, fromMs, toMs, source } = history;
  const whose = wallet === null ? 'A wallet' : `Wallet ${wallet}`;
  const [first, last] = [fromMs, toMs].map((atMs) => isoTime(atMs ?? 0).slice(0, 10));
  const when = first === last ? `on ${first}` : `from ${first} to ${last}`;
  return `${whose}: ${counted(trades, 'trade')} ${when}, by ${source}; ${counted(positions.length, 'position')}.`;
}

function lineOf(row: WalletRow, paint: Paint): string[] {
  const { costMicros, resultMicros, differenceMicros } = row;
  const money = (micros: number | null): string =>
    micros === null ? '–' : paint(toneOfPnl(BigInt(micros)), signedDollars(BigInt(micros)));
  return [
    marketName(row),
    shorten(row.outcome, SIDE_WIDTH),
    dollars(BigInt(costMicros)),
    money(resultMicros),
    endOf(row),
    verdictText(row),
    money(differenceMicros),
  ];
}

/** `BTC 5m 04-13 12:00`, after the window's start in UTC. */
function marketName({ slug, conditionId, firstAtMs }: WalletRow): string {
  if (slug === null) return shorten(conditionId, MARKET_WIDTH);
  const [span] = parseMarketSlug(slug, firstAtMs)?.spans ?? [];
  const window = WINDOWS.find((each) => span !== undefined && WINDOW_MS[each] === span.endsAtMs - span.startsAtMs);
  if (span === undefined || window === undefined) return shorten(slug, MARKET_WIDTH);
  return `${assetOfSlug(slug)} ${window} ${isoTime(span.startsAtMs).slice(5, 16).replace('T', ' ')}`;
}

function endOf({ isLeftToExpire, result, unclaimedMicros, heldAtEndMicros, verdict }: WalletRow): string {
  if (verdict === 'incomplete') return '–';
  if (result === 'running') return 'running';
  if (!isLeftToExpire) return heldAtEndMicros > 0 ? 'held' : 'sold';
  if (result === 'unknown') return 'unknown';
  return (unclaimedMicros ?? 0) > 0 ? 'unclaimed' : result;
}

const REASONS: Readonly<Record<string, string>> = {
  'exit-time-required': 'end unknown',
  'market-unknown': 'no name',
  'bought-too-late': 'too late',
  'too-late-to-exit': 'lead short',
  pairs: 'pairs',
  dust: 'dust',
};

function verdictText({ verdict, exit, reason }: WalletRow): string {
  switch (verdict) {
    case 'brought-home': {
      if (exit === null) return 'no price';
      if (exit.price === null) return 'no buyer';
      const about = exit.source === 'price-history' ? '~' : '';
      return `at ${about}${cents(BigInt(Math.round(exit.price * 1e6)))}`;
    }
    case 'sold-earlier':
      return 'sold before';
    case 'left':
      return REASONS[reason?.code ?? ''] ?? 'left';
    case 'running':
      return 'to come';
    case 'incomplete':
      return 'rows lack';
  }
}

function sentencesOf({ total, positions, exitLeadMs }: WalletReport): readonly string[] {
  const exit = `T − ${clockText(exitLeadMs)}`;
  const left = positions.filter(({ verdict }) => verdict === 'left');
  const reasons = [...Map.groupBy(left, ({ reason }) => reason?.message ?? '')];
  return [
    expiredText(total),
    ...unclaimedTexts(total),
    `The suite would have brought home ${total.verdicts['brought-home']} of the ${counted(total.positions, 'position')} at ${exit}; ${total.verdicts['sold-earlier']} had been sold by then.`,
    ...changeTexts(total, exit),
    ...reasons.slice(0, REASONS_MAX).map(([message, of]) => `It would have left ${of.length} to you. ${message}`),
    ...incompleteTexts(total.verdicts.incomplete),
    ...(positions.some(({ isWithoutFees }) => isWithoutFees) ? [WITHOUT_FEES] : []),
  ];
}

const WITHOUT_FEES =
  'Some rows name a price only: the fees that were paid are not in cost and result, those of the exits are.';

const REASONS_MAX = 4;
/** Judgement, as for recorded windows: results of single positions differ by their whole cost. */
const SMALL_SAMPLE = 1_000;

type Total = WalletReport['total'];

function expiredText({ expired }: Total): string {
  if (expired.positions === 0) return 'No position was left to expire.';
  const other = expired.other === 0 ? '' : `, ${expired.other} with another or no known result`;
  return `${counted(expired.positions, 'position')} left to expire: ${expired.won} won, ${expired.lost} lost${other}.`;
}

function unclaimedTexts({ unclaimed }: Total): readonly string[] {
  const { positions, micros, unknownPositions } = unclaimed;
  const sum = `${dollars(BigInt(micros))} of winnings in ${counted(positions, 'position')} lie unclaimed; they can still be redeemed.`;
  const unknown = `Whether ${counted(unknownPositions, 'position')} left something unclaimed is not known.`;
  return [...(positions > 0 ? [sum] : []), ...(unknownPositions > 0 ? [unknown] : [])];
}

function changeTexts({ difference, verdicts }: Total, exit: string): readonly string[] {
  if (verdicts['brought-home'] === 0) return [];
  const { positions, micros, better, worse, approximate, withoutPrice, withoutResult } = difference;
  const sum = `Against what happened, selling at ${exit} would have changed the result of ${counted(positions, 'position')} by ${signedDollars(BigInt(micros))} in all: ${better} better, ${worse} worse.`;
  const rough = `Prices with ~ (${approximate}) are approximate: the last one in the venue's history before the exit, without the spread.`;
  const unpriced = `${counted(withoutPrice, 'exit')} without a known price: not in the sum.`;
  const small = `${counted(positions, 'position')} ${positions === 1 ? 'says' : 'say'} little about the next ones.`;
  const undecided = `${counted(withoutResult, 'exit')} without a known result: not in the sum.`;
  return [
    positions > 0 ? sum : `What selling at ${exit} would have changed is not known.`,
    ...(positions > 0 && positions < SMALL_SAMPLE ? [small] : []),
    ...(approximate > 0 ? [rough] : []),
    ...(withoutPrice > 0 ? [unpriced] : []),
    ...(withoutResult > 0 ? [undecided] : []),
  ];
}

function incompleteTexts(count: number): readonly string[] {
  if (count === 0) return [];
  return [
    `${counted(count, 'position')} not counted: more shares left the wallet than these rows brought in. Older rows are missing, or shares were sent in.`,
  ];
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
