import { raceDeadline } from '#lib/adapters/polymarket/race-deadline.ts';
import { maxMicros } from '#lib/domain/market/money.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Wallet } from '#lib/ports/wallet.ts';
import type { OwnTrade } from './to-order-record.ts';

export type TrueFeesDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly wallet: Pick<Wallet, 'listCashMovements'>;
};

/** A look-up waits no longer than this for the chain: the estimate is good to the cent. */
const READ_DEADLINE_MS = 1_000;

/**
 * Puts the fee that was really charged into confirmed trades, and its difference to the estimate beside it (law 8): cash
 * moved = fills − fees, by the receipts of their transactions. Best effort: a trade whose transaction cannot be read, or also
 * settles something that is not among these trades, keeps its estimate.
 */
export async function withTrueFees(
  deps: TrueFeesDeps,
  position: PositionTerms,
  trades: readonly OwnTrade[],
  deadlineAtMs: number,
): Promise<readonly OwnTrade[]> {
  const confirmed = trades.filter((trade) => trade.status === 'confirmed' && trade.transactionHash !== null);
  const byHash = Map.groupBy(confirmed, (trade) => trade.transactionHash?.toLowerCase() ?? '');
  if (byHash.size === 0) return trades;
  const untilMs = Math.min(deadlineAtMs, deps.clock.nowMs() + READ_DEADLINE_MS);
  const cashByHash = await readCash(deps, position, [...byHash.keys()], untilMs);
  const verified = new Map<OwnTrade, OwnTrade>();
  for (const [hash, settled] of byHash) {
    const cashMicros = cashByHash.get(hash);
    if (cashMicros === undefined) continue;
    const drift = driftOf(settled, cashMicros);
    if (drift !== undefined) spread(settled, drift, verified);
  }
  return trades.map((trade) => verified.get(trade) ?? trade);
}

async function readCash(
  { clock, wallet }: TrueFeesDeps,
  position: PositionTerms,
  hashes: readonly string[],
  untilMs: number,
): Promise<ReadonlyMap<string, bigint>> {
  try {
    const read = await raceDeadline(clock, wallet.listCashMovements(position, hashes, untilMs), untilMs);
    const movements = read.isLate ? [] : read.value;
    return new Map(movements.map(({ transactionHash, cashMicros }) => [transactionHash.toLowerCase(), cashMicros]));
  } catch {
    // The chain is not needed for a look-up.
    return new Map();
  }
}

/** True fees less estimated ones; undefined when the cash cannot be explained by these trades and a fee. */
function driftOf(trades: readonly OwnTrade[], cashMicros: bigint): bigint | undefined {
  // A transaction that moved none of our cash did not settle them, or not in the collateral we know: no fee takes all there is.
  if (cashMicros === 0n) return undefined;
  const gross = trades.reduce((sum, { valueMicros }) => sum + valueMicros, 0n);
  const net = trades.reduce(
    (sum, { side, valueMicros }) => (side === 'SELL' ? sum + valueMicros : sum - valueMicros),
    0n,
  );
  const estimated = trades.reduce((sum, { feesMicros }) => sum + feesMicros, 0n);
  const charged = net - cashMicros;
  return charged < 0n || charged > gross ? undefined : charged - estimated;
}

/** One transaction may settle several trades, and says the sum alone: the first take the difference, none below zero. */
function spread(trades: readonly OwnTrade[], drift: bigint, verified: Map<OwnTrade, OwnTrade>): void {
  let restMicros = drift;
  for (const trade of trades.toSorted((a, b) => (a.tradeId < b.tradeId ? -1 : 1))) {
    const own = maxMicros(restMicros, -trade.feesMicros);
    restMicros -= own;
    verified.set(trade, { ...trade, feesMicros: trade.feesMicros + own, feeDriftMicros: own });
  }
}
