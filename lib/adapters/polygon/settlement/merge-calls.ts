import { type ContractCall, encodeCall } from '#lib/adapters/evm/encode-abi.ts';
import { minMicros } from '#lib/domain/market/money.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { decodeShares, decodeWords, readShareApproval, readShares, toRpcCall } from '../contract-calls.ts';
import type { Rpc } from '../json-rpc.ts';
import { COLLATERAL_ADDRESS, PROTOCOLS } from '../polygon-contracts.ts';
import { orMissing } from './read-condition.ts';
import { NEG_RISK, NO_PARENT, notApproved, OUTCOME_SETS, type PlannedRedemption } from './redemption-calls.ts';

type MergedMarket = Pick<PositionTerms, 'conditionId' | 'tokenId' | 'marketVersion' | 'negRisk'>;

/**
 * Burns this many shares of each outcome and pays as much collateral, before the market's result and after it (venue
 * §5.4). More than the smaller balance reverts in both versions. A token's id in version 2 begins with its condition.
 */
export function mergeCall(market: MergedMarket, sharesMicros: bigint): ContractCall {
  const { conditionId, tokenId, marketVersion, negRisk } = market;
  const { redeemer, negRiskRedeemer, mergeFunction } = PROTOCOLS[marketVersion];
  const contract = negRisk ? negRiskRedeemer : redeemer;
  if (marketVersion === 'v1') {
    const args = [COLLATERAL_ADDRESS, NO_PARENT, conditionId, OUTCOME_SETS, sharesMicros];
    return encodeCall(contract, mergeFunction, args);
  }
  const id = BigInt(tokenId).toString(16).padStart(64, '0');
  return encodeCall(contract, mergeFunction, [`0x${id.slice(0, 62)}`, sharesMicros]);
}

/**
 * What merges the wallet's pairs of this market, `sharesMicrosMax` of them at most, or why nothing can be merged as
 * things are. The newest balances are read, because more than is held reverts.
 * @throws UpstreamUnavailableError, UnexpectedReplyError
 */
export async function planMerge(
  rpc: Rpc,
  terms: PositionTerms,
  sharesMicrosMax: bigint,
  deadlineAtMs: number,
): Promise<PlannedRedemption> {
  const { wallet, tokenId, otherTokenId, conditionId, marketVersion, negRisk } = terms;
  const { shares, redeemer: spender } = PROTOCOLS[marketVersion];
  if (negRisk) return { refusal: NEG_RISK, isFinal: true };
  const reads = [readShares(shares, wallet, [tokenId, otherTokenId]), readShareApproval(shares, wallet, spender)];
  const [held, approval] = await rpc.send(reads.map(toRpcCall), deadlineAtMs);
  const [ownMicros = 0n, otherMicros = 0n] = decodeShares(orMissing(held), 2);
  if (decodeWords(orMissing(approval), 1, 'the approval')[0] !== 1n) return { refusal: notApproved(spender) };
  const micros = minMicros(sharesMicrosMax, minMicros(ownMicros, otherMicros));
  if (micros <= 0n) return { refusal: 'The wallet does not hold shares of both outcomes of this market' };
  return { conditionId, calls: [mergeCall(terms, micros)] };
}
