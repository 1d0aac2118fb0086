import type { PositionTerms } from '#lib/domain/position/position.ts';
import type { ConditionReading, Payout } from '#lib/domain/position/settlement-progress.ts';

export type RedemptionCall = {
  /** Address of the contract. */
  readonly target: string;
  /** Selector and arguments, `0x…`. */
  readonly data: string;
};

/**
 * One redemption of one wallet, as it was fixed before it was posted. With the same nonce it can take effect at most
 * once, however often it is posted. Holds no signature: posting it again signs it again.
 */
export type RedemptionIntent = {
  /** `transaction`: sent to the chain by the key itself. `relayer`: submitted to the venue's relayer. */
  readonly route: 'transaction' | 'relayer';
  /** Of the key (`transaction`), or of the wallet (`relayer`). */
  readonly nonce: bigint;
  /** From then on the relayer's batch is void. Null for a transaction, which stays valid until its nonce is used. */
  readonly deadlineAtMs: number | null;
  readonly calls: readonly RedemptionCall[];
  readonly conditionIds: readonly string[];
  /** The finalised block at which it was prepared: its effects are in later blocks only. */
  readonly preparedAtBlock: bigint;
  /** It merges pairs, and redeems nothing. */
  readonly isMerge?: true | undefined;
};

/**
 * - `prepared`: save the intent, then send it.
 * - `refused`: it cannot be sent as things are: approval missing, too little gas, wallet not deployed. Nothing was
 *   sent.
 */
export type RedemptionPreparation =
  | { readonly outcome: 'prepared'; readonly intent: RedemptionIntent }
  | ({ readonly outcome: 'refused' } & RedemptionRefusal);

export type RedemptionRefusal = {
  /** The other side's words, or ours, safe to show: no secret, no address of a node. */
  readonly text: string;
  /** Sending it again cannot help (`call blocked`): the operator is paged, and it is not sent again. */
  readonly isFinal: boolean;
};

/**
 * - `accepted`: under way. `reference` is the transaction's hash or the relayer's id; `findRedemption` tells the rest.
 * - `refused`: certainly not under way.
 * - `not-sent`: certainly not under way, and may be sent later: wallet busy, rate limit, quota, node not reached.
 * - `unknown`: it may be under way. Never treat it as failed.
 */
export type RedemptionAnswer =
  | { readonly outcome: 'accepted'; readonly reference: string }
  | ({ readonly outcome: 'refused' } & RedemptionRefusal)
  | { readonly outcome: 'not-sent'; readonly text: string; readonly retryAfterMs: number | null }
  | { readonly outcome: 'unknown'; readonly text: string };

/**
 * - `pending`: may still take effect.
 * - `done`: took effect in `blockNumber`, which is finalised.
 * - `reverted`: final, and moved nothing.
 * - `void`: can no longer take effect: the deadline passed with the nonce unmoved, or another transaction used the
 *   nonce.
 */
export type RedemptionState =
  | { readonly state: 'pending' }
  | { readonly state: 'done'; readonly blockNumber: bigint; readonly transactionHash?: string }
  | { readonly state: 'reverted' | 'void'; readonly text: string };

/**
 * The end of a market for one account: resolution, payouts and redemption. The wallet is the account's own; an adapter
 * refuses a position of another mode or wallet (law 7). `marketVersion` and `negRisk` decide the contracts. Addresses
 * and condition ids are compared without regard to case.
 *
 * Reading methods are safe to repeat.
 * @throws UpstreamUnavailableError, UnexpectedReplyError; ConfigError when key or credentials cannot be used
 */
export type Settlement = {
  /** Resolution and shares at the newest finalised block. One without an answer is an error, never "unresolved". */
  readCondition(position: PositionTerms, deadlineAtMs: number): Promise<ConditionReading>;
  /**
   * Every payout of the position's condition to the wallet, redemptions and merges, in blocks after `afterBlock`, up to
   * the newest finalised one, oldest first; payouts of 0 are left out. One transaction may have one of each.
   * `afterBlock` null: since `sinceMs`, or else since the market's end: pairs are merged before it. Complete, or an
   * error. A node behind `seenBlock` is an error too: what it does not show says nothing about shares that are missing
   * there.
   */
  listPayouts(
    position: PositionTerms,
    afterBlock: bigint | null,
    deadlineAtMs: number,
    seenBlock?: bigint,
    sinceMs?: number,
  ): Promise<readonly Payout[]>;
  /**
   * Fixes one redemption of all these positions, which have one wallet, resolved markets and shares that pay. Reads
   * nonce, balances and approvals; sends nothing. All of it takes effect, or nothing.
   */
  prepareRedemption(positions: readonly PositionTerms[], deadlineAtMs: number): Promise<RedemptionPreparation>;
  /**
   * Fixes the merge of this many pairs of the position, or fewer where the wallet holds fewer; the market may be
   * resolved or not. Reads and sends as `prepareRedemption`.
   */
  prepareMerge(position: PositionTerms, sharesMicros: bigint, deadlineAtMs: number): Promise<RedemptionPreparation>;
  /**
   * Sends the saved intent once, without a retry, and waits for the answer until `deadlineAtMs`. Does not throw for
   * failures of relayer, node or network; the caller counts any other error as `unknown`.
   */
  sendRedemption(intent: RedemptionIntent, deadlineAtMs: number): Promise<RedemptionAnswer>;
  /**
   * What became of the intent, by nonce, receipt or passed deadline on the chain; `reference` is that of an accepted
   * answer, null when the answer was lost. Of the `transaction` route, one that is stuck or that the chain does not
   * know is sent again with the same nonce and a higher fee: still only one of them counts.
   */
  findRedemption(intent: RedemptionIntent, reference: string | null, deadlineAtMs: number): Promise<RedemptionState>;
};
