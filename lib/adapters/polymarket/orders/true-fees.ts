import { raceDeadline } from '#lib/adapters/polymarket/race-deadline.ts';
import { maxMicros } from '#lib/domain/market/money.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Wallet } from '#lib/ports/wallet/wallet.ts';
import type { OwnTrade } from './to-order-record.ts';

export type TrueFeesDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly wallet: Pick<Wallet, 'listCashMovements'>;
};

/** The longest that a look-up waits for the chain: the estimate is accurate to the cent. */
const READ_DEADLINE_MS = 1_000;

/**
 * Replaces the fees of confirmed trades by those charged on chain, with the difference to the estimate beside them (law
 * 8): cash moved = fills − fees, by the receipts of their transactions. Best effort: a trade keeps its estimate if its
 * transaction cannot be read, or also settles something else.
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
    // A look-up does not need the chain.
    return new Map();
  }
}

/** True fees less estimated fees; undefined when these trades and a fee cannot explain the cash. */
function driftOf(trades: readonly OwnTrade[], cashMicros: bigint): bigint | undefined {
  // No fee takes everything: these trades were not settled by this transaction, or not in the known collateral.
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

/**
 * A transaction of several trades shows only their sum: the first trades take the difference, but no fee falls below
 * zero.
 */
function spread(trades: readonly OwnTrade[], drift: bigint, verified: Map<OwnTrade, OwnTrade>): void {
  let restMicros = drift;
  for (const trade of trades.toSorted((a, b) => (a.tradeId < b.tradeId ? -1 : 1))) {
    const own = maxMicros(restMicros, -trade.feesMicros);
    restMicros -= own;
    verified.set(trade, { ...trade, feesMicros: trade.feesMicros + own, feeDriftMicros: own });
  }
}
