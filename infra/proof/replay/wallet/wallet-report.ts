import type { JudgedPosition, Verdict } from './judge-history.ts';
import { type ExitReading, proceedsOf } from './price-exit.ts';

/** Where the history came from, and what is missing in it. */
export type HistoryFacts = {
  /** Lower case; null where neither the file nor an option names it. */
  readonly wallet: string | null;
  /** The path of the Data API, or the file. */
  readonly source: string;
  readonly rows: number;
  readonly trades: number;
  /** Unix milliseconds of the oldest and the newest row; null without rows. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** In sentences: what was not read, or could not be. */
  readonly notes: readonly string[];
};

/** `running`: the market is not over. `split`: both outcomes pay a part. */
export type MarketResult = 'won' | 'lost' | 'split' | 'unknown' | 'running';

export type WalletExit = {
  readonly atMs: number;
  readonly sharesMicros: number;
  readonly soldMicros: number;
  /** Average before fees; null when nothing was sold. */
  readonly price: number | null;
  readonly feesMicros: number;
  /** After fees, with what the result pays for unsold shares; null while that is not known. */
  readonly proceedsMicros: number | null;
  readonly source: 'recorded-book' | 'price-history';
};

/** One outcome of one market. Whole millionths; null: not known. */
export type WalletRow = {
  readonly slug: string | null;
  readonly outcome: string;
  readonly conditionId: string;
  readonly tokenId: string;
  readonly firstAtMs: number;
  readonly endsAtMs: number | null;
  readonly boughtMicros: number;
  readonly costMicros: number;
  readonly soldMicros: number;
  readonly proceedsMicros: number;
  readonly heldAtExitMicros: number;
  readonly heldAtEndMicros: number;
  readonly isLeftToExpire: boolean;
  readonly result: MarketResult;
  readonly redeemedMicros: number | null;
  readonly unclaimedMicros: number | null;
  readonly resultMicros: number | null;
  readonly isWithoutFees: boolean;
  readonly verdict: Verdict;
  /** Why the suite leaves it, or why nothing is counted. */
  readonly reason: { readonly code: string; readonly message: string } | null;
  readonly exit: WalletExit | null;
  /** Why the exit has no price. */
  readonly exitUnknown: string | null;
  /** The exit's proceeds less what the same shares brought their owner. */
  readonly differenceMicros: number | null;
};

export type WalletTotal = {
  readonly positions: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly expired: { readonly positions: number; readonly won: number; readonly lost: number; readonly other: number };
  readonly unclaimed: { readonly positions: number; readonly micros: number; readonly unknownPositions: number };
  readonly difference: {
    /** With a price and a result. */
    readonly positions: number;
    readonly micros: number;
    readonly better: number;
    readonly worse: number;
    /** Of them, by the price history. */
    readonly approximate: number;
    readonly withoutPrice: number;
    readonly withoutResult: number;
  };
};

export type WalletReport = {
  readonly history: HistoryFacts;
  readonly exitLeadMs: number;
  readonly positions: readonly WalletRow[];
  readonly total: WalletTotal;
};

export type PricedPosition = { readonly position: JudgedPosition; readonly reading: ExitReading | null };

export function toWalletReport(
  history: HistoryFacts,
  priced: readonly PricedPosition[],
  { exitLeadMs, nowMs }: { readonly exitLeadMs: number; readonly nowMs: number },
): WalletReport {
  const positions = priced.map((each) => toRow(each, nowMs));
  return { history, exitLeadMs, positions, total: totalOf(positions) };
}

const orNull = (micros: bigint | null): number | null => (micros === null ? null : Number(micros));

function toRow({ position, reading }: PricedPosition, nowMs: number): WalletRow {
  const exit = reading !== null && 'exit' in reading ? toExit(position, reading) : null;
  const worth = position.guardedWorthMicros;
  const isKnown = exit !== null && exit.proceedsMicros !== null && worth !== null;
  return {
    slug: position.slug,
    outcome: position.outcome,
    conditionId: position.conditionId,
    tokenId: position.tokenId,
    firstAtMs: position.firstAtMs,
    endsAtMs: position.endsAtMs,
    boughtMicros: Number(position.boughtMicros),
    costMicros: Number(position.costMicros),
    soldMicros: Number(position.soldMicros),
    proceedsMicros: Number(position.proceedsMicros),
    heldAtExitMicros: Number(position.heldAtExitMicros),
    heldAtEndMicros: Number(position.heldAtEndMicros),
    isLeftToExpire: position.isLeftToExpire,
    result: resultOf(position, nowMs),
    redeemedMicros: orNull(position.redeemedMicros),
    unclaimedMicros: orNull(position.unclaimedMicros),
    resultMicros: orNull(position.resultMicros),
    isWithoutFees: position.isWithoutFees,
    verdict: position.verdict,
    reason: position.reason,
    exit,
    exitUnknown: reading !== null && 'unknown' in reading ? reading.unknown : null,
    differenceMicros: isKnown ? (exit.proceedsMicros ?? 0) - Number(worth) : null,
  };
}

function toExit(position: JudgedPosition, { exit }: Extract<ExitReading, { readonly exit: unknown }>): WalletExit {
  return {
    atMs: position.exitAtMs ?? 0,
    sharesMicros: Number(position.guardedMicros),
    soldMicros: Number(exit.soldMicros),
    price: exit.soldMicros === 0n ? null : Number(exit.valueMicros) / Number(exit.soldMicros),
    feesMicros: Number(exit.feesMicros),
    proceedsMicros: orNull(proceedsOf(position, exit)),
    source: exit.source,
  };
}

function resultOf({ payoutMicros, endsAtMs }: JudgedPosition, nowMs: number): MarketResult {
  if (payoutMicros === null) return endsAtMs !== null && nowMs < endsAtMs ? 'running' : 'unknown';
  if (payoutMicros === 0n) return 'lost';
  return payoutMicros === 1_000_000n ? 'won' : 'split';
}

function totalOf(rows: readonly WalletRow[]): WalletTotal {
  const count = (holds: (row: WalletRow) => boolean): number => rows.filter(holds).length;
  const expired = rows.filter(({ isLeftToExpire }) => isLeftToExpire);
  const unclaimed = expired.filter(({ unclaimedMicros }) => (unclaimedMicros ?? 0) > 0);
  const home = rows.filter(({ verdict }) => verdict === 'brought-home');
  const changed = home.flatMap(({ differenceMicros, exit }) =>
    differenceMicros === null ? [] : [{ differenceMicros, source: exit?.source }],
  );
  const sum = (values: readonly (number | null)[]): number =>
    values.reduce<number>((total, value) => total + (value ?? 0), 0);
  const verdict = (name: Verdict): number => count((row) => row.verdict === name);
  return {
    positions: rows.length,
    verdicts: {
      'brought-home': home.length,
      'sold-earlier': verdict('sold-earlier'),
      left: verdict('left'),
      running: verdict('running'),
      incomplete: verdict('incomplete'),
    },
    expired: {
      positions: expired.length,
      won: expired.filter(({ result }) => result === 'won').length,
      lost: expired.filter(({ result }) => result === 'lost').length,
      other: expired.filter(({ result }) => result !== 'won' && result !== 'lost').length,
    },
    unclaimed: {
      positions: unclaimed.length,
      micros: sum(unclaimed.map(({ unclaimedMicros }) => unclaimedMicros)),
      unknownPositions: expired.filter(({ unclaimedMicros }) => unclaimedMicros === null).length,
    },
    difference: {
      positions: changed.length,
      micros: sum(changed.map(({ differenceMicros }) => differenceMicros)),
      better: changed.filter(({ differenceMicros }) => differenceMicros > 0).length,
      worse: changed.filter(({ differenceMicros }) => differenceMicros < 0).length,
      approximate: changed.filter(({ source }) => source === 'price-history').length,
      withoutPrice: home.filter(({ exit }) => exit === null).length,
      withoutResult: home.filter(({ exit, differenceMicros }) => exit !== null && differenceMicros === null).length,
    },
  };
}
