import { type ContractCall, encodeCall } from '#lib/adapters/evm/encode-abi.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { decodeShares, decodeWords, readShareApproval, readShares, toRpcCall } from '../contract-calls.ts';
import type { Rpc } from '../json-rpc.ts';
import { COLLATERAL_ADDRESS, PROTOCOLS } from '../polygon-contracts.ts';
import type { Block } from './finalized-block.ts';
import { orMissing, readPayout } from './read-condition.ts';

export type ConditionCalls = {
  readonly conditionId: string;
  /** One call in version 1; in version 2 one for each outcome that pays. */
  readonly calls: readonly ContractCall[];
};
/** `isFinal`: asking again cannot help. */
export type PlannedRedemption = ConditionCalls | { readonly refusal: string; readonly isFinal?: true };

export const NO_PARENT = `0x${'00'.repeat(32)}`;
/** Each outcome as a set of slots: the first and the second. */
export const OUTCOME_SETS = [1, 2];

/**
 * What redeems the position's condition, or why it cannot be redeemed as things are. The contract of version 1 takes
 * all shares of both outcomes and pays 0 when there are none; that of version 2 takes one outcome and an amount, and
 * reverts when less is held (venue §5.4, §8.5): so the newest balance is read first.
 * @throws UpstreamUnavailableError, UnexpectedReplyError
 */
export async function planRedemption(
  rpc: Rpc,
  terms: PositionTerms,
  block: Block,
  deadlineAtMs: number,
): Promise<PlannedRedemption> {
  const { wallet, tokenId, otherTokenId, conditionId, marketVersion, negRisk } = terms;
  if (negRisk) return { refusal: NEG_RISK, isFinal: true };
  const { shares, redeemer: spender, redeemFunction } = PROTOCOLS[marketVersion];
  const reads = [readShares(shares, wallet, [tokenId, otherTokenId]), readShareApproval(shares, wallet, spender)];
  const [[held, approval], payout] = await Promise.all([
    rpc.send(reads.map(toRpcCall), deadlineAtMs),
    readPayout(rpc, terms, block, deadlineAtMs),
  ]);
  const [ownMicros = 0n, otherMicros = 0n] = decodeShares(orMissing(held), 2);
  if (payout === null) return { refusal: 'The market is not resolved on the chain' };
  if (decodeWords(orMissing(approval), 1, 'the approval')[0] !== 1n) {
    return { refusal: notApproved(spender) };
  }
  // The own token last: a key redeems one outcome in a transaction, and goes on while it holds the own one.
  const paying = [
    { tokenId: otherTokenId, micros: otherMicros, payout: payout.other },
    { tokenId, micros: ownMicros, payout: payout.own },
  ].filter(({ micros, payout }) => micros > 0n && payout > 0n);
  if (paying.length === 0) return { refusal: 'The wallet holds no shares of this market that pay' };
  if (marketVersion === 'v1') {
    const args = [COLLATERAL_ADDRESS, NO_PARENT, conditionId, OUTCOME_SETS];
    return { conditionId, calls: [encodeCall(spender, redeemFunction, args)] };
  }
  return { conditionId, calls: paying.map((each) => encodeCall(spender, redeemFunction, toV2Args(each))) };
}

/** Its shares are backed by wrapped collateral, and its contracts pay by rules of their own (venue §5.4). */
export const NEG_RISK =
  'The market is a neg-risk market, which T-minus does not redeem: redeem its shares on the venue’s website. Their payout is recognised';

export function notApproved(spender: string): string {
  return `The contract that redeems and merges (${spender}) may not move the wallet’s shares: approve it with \`tminus approve\`, or in the wallet’s settings on the venue’s website`;
}

/** A token's id is its condition (31 bytes) and its outcome (1 byte). */
function toV2Args({ tokenId, micros }: { readonly tokenId: string; readonly micros: bigint }): readonly unknown[] {
  const id = BigInt(tokenId).toString(16).padStart(64, '0');
  return [`0x${id.slice(0, 62)}`, BigInt(`0x${id.slice(62)}`), micros];
}
