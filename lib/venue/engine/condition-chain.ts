import type { MarketVersion, Outcome } from '#lib/domain/market/market.ts';
import { OUTCOMES } from '#lib/domain/market/market.ts';
import { mulDivFloor } from '#lib/domain/market/money.ts';
import { chainShares, type VenueLedger } from './venue-ledger.ts';

/** When and how the market resolves on chain; numerators by outcome over `total`. */
export type ChainResolution = {
  readonly atMs: number;
  readonly pays: Readonly<Record<Outcome, bigint>>;
  readonly total: bigint;
};

/** Cash that one transaction minted to a wallet, and the shares it took, by outcome. */
export type ChainPayout = {
  readonly transactionHash: string;
  readonly wallet: string;
  readonly atMs: number;
  readonly cashMicros: Readonly<Record<Outcome, bigint>>;
  readonly takenMicros: Readonly<Record<Outcome, bigint>>;
};

/** Cash that one transaction minted to a wallet for pairs of both outcomes. */
export type ChainMerge = Pick<ChainPayout, 'transactionHash' | 'wallet' | 'atMs'> & {
  readonly pairsMicros: bigint;
  /** By the owner, and not by an action of the relayer. */
  readonly isByHand: boolean;
};

/** One action of a wallet that was submitted to the relayer, by its nonce. */
export type WalletAction = {
  readonly wallet: string;
  readonly nonce: bigint;
  readonly deadlineAtMs: number;
  readonly executesAtMs: number;
  /** Pairs to merge; otherwise it redeems. */
  readonly mergeMicros?: bigint | undefined;
  state: 'pending' | 'done' | 'reverted';
};

export type ConditionChainOptions = {
  readonly ledger: VenueLedger;
  readonly tokenIds: Readonly<Record<Outcome, string>>;
  readonly version: MarketVersion;
  /** Null: the market never resolves. */
  readonly resolution: ChainResolution | null;
};

const BLOCK_MS = 1_500;
/** A milestone finalises a block after 1 to 6 s (venue §5.3). */
const FINALITY_MS = 4_000;

export type ConditionChain = ReturnType<typeof createConditionChain>;

/**
 * Polygon as far as one market's end is concerned: blocks, result, payouts, and the wallet's serial actions. Pure, in
 * virtual time. Shares that are redeemed leave the venue's ledger as moves outside the suite.
 */
export function createConditionChain({ ledger, tokenIds, version, resolution }: ConditionChainOptions) {
  const payouts: ChainPayout[] = [];
  const merges: ChainMerge[] = [];
  const actions: WalletAction[] = [];
  let nonce = 0n;

  const isResolvedAt = (atMs: number): boolean => resolution !== null && atMs >= resolution.atMs;

  /** Version 1 sweeps both outcomes and pays 0 without an error; version 2 redeems one and reverts without shares. */
  const redeem = (wallet: string, outcomes: readonly Outcome[], atMs: number): boolean => {
    if (resolution === null || !isResolvedAt(atMs)) return false;
    const cashMicros = { UP: 0n, DOWN: 0n };
    const takenMicros = { UP: 0n, DOWN: 0n };
    const transactionHash = `0xpay${payouts.length + 1}`;
    for (const outcome of version === 'v1' ? OUTCOMES : outcomes) {
      const sharesMicros = chainShares(ledger, wallet, tokenIds[outcome], atMs);
      if (sharesMicros <= 0n) continue;
      const tokenId = tokenIds[outcome];
      ledger.outsideMoves.push({ isPaid: true, transactionHash, wallet, tokenId, atMs, sharesMicros: -sharesMicros });
      failPendingSells(ledger, wallet, tokenId, atMs);
      cashMicros[outcome] = mulDivFloor(sharesMicros, resolution.pays[outcome], resolution.total);
      takenMicros[outcome] = sharesMicros;
    }
    if (version === 'v2' && takenMicros.UP + takenMicros.DOWN === 0n) return false;
    payouts.push({ transactionHash, wallet, atMs, cashMicros, takenMicros });
    return true;
  };

  /** More than the smaller balance reverts, and so does nothing: no suite merges no pairs. */
  const merge = (wallet: string, pairsMicros: bigint, atMs: number, isByHand: boolean): boolean => {
    const isHeld = OUTCOMES.every((outcome) => chainShares(ledger, wallet, tokenIds[outcome], atMs) >= pairsMicros);
    if (!isHeld || pairsMicros <= 0n) return false;
    const transactionHash = `0xmerge${merges.length + 1}`;
    for (const outcome of OUTCOMES) {
      const tokenId = tokenIds[outcome];
      ledger.outsideMoves.push({ isPaid: true, transactionHash, wallet, tokenId, atMs, sharesMicros: -pairsMicros });
      failPendingSells(ledger, wallet, tokenId, atMs);
    }
    merges.push({ transactionHash, wallet, atMs, pairsMicros, isByHand });
    return true;
  };

  const act = ({ wallet, executesAtMs, mergeMicros }: WalletAction, outcomes: readonly Outcome[]): boolean =>
    mergeMicros === undefined
      ? redeem(wallet, outcomes, executesAtMs)
      : merge(wallet, mergeMicros, executesAtMs, false);

  return {
    resolution,
    payouts,
    merges,
    actions,
    /** The newest finalised block at this time. */
    headAt: (atMs: number) => {
      const number = Math.floor((atMs - FINALITY_MS) / BLOCK_MS);
      return { blockNumber: BigInt(number), blockAtMs: number * BLOCK_MS };
    },
    blockOf: (atMs: number): bigint => BigInt(Math.ceil(atMs / BLOCK_MS)),
    isResolvedAt,
    sharesAt: (wallet: string, outcome: Outcome, atMs: number): bigint => {
      const sharesMicros = chainShares(ledger, wallet, tokenIds[outcome], atMs);
      return sharesMicros > 0n ? sharesMicros : 0n;
    },
    redeem,
    mergeByHand: (wallet: string, pairsMicros: bigint, atMs: number): boolean => merge(wallet, pairsMicros, atMs, true),
    nextNonce: (): bigint => nonce,
    /** Takes effect at `executesAtMs`, when the caller calls `execute`. */
    submit: (action: Omit<WalletAction, 'state'>): WalletAction => {
      const submitted: WalletAction = { ...action, state: 'pending' };
      actions.push(submitted);
      return submitted;
    },
    isBusy: (): boolean => actions.some(({ state }) => state === 'pending'),
    execute: (action: WalletAction, outcomes: readonly Outcome[], isReverted: boolean): void => {
      const isDone = !isReverted && action.nonce === nonce && act(action, outcomes);
      action.state = isDone ? 'done' : 'reverted';
      // The nonce grows only with success.
      if (isDone) nonce += 1n;
    },
  };
}

/** The exchange cannot move shares that were redeemed or merged before a sell was mined: its trades fail. */
function failPendingSells(ledger: VenueLedger, wallet: string, tokenId: string, atMs: number): void {
  for (const [index, trade] of ledger.trades.entries()) {
    const isOurs = trade.wallet === wallet && trade.tokenId === tokenId && trade.side === 'SELL';
    const { minedAtMs } = trade;
    if (!isOurs || minedAtMs === null || minedAtMs <= atMs) continue;
    if (chainShares(ledger, wallet, tokenId, minedAtMs) < 0n) ledger.trades[index] = { ...trade, minedAtMs: null };
  }
}
