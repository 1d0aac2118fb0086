import { encodeCall } from '#lib/adapters/evm/encode-abi.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { Settlement } from '#lib/ports/wallet/settlement.ts';
import type { TokenTerms } from '#lib/ports/wallet/wallet-tokens.ts';
import { decodeShares, decodeWords, readShares } from '../contract-calls.ts';
import type { Rpc, RpcOutcome } from '../json-rpc.ts';
import {
  BACKING_ADDRESS,
  CONDITIONAL_TOKENS_ADDRESS,
  NEG_RISK_BACKING_ADDRESS,
  POSITION_MANAGER_ADDRESS,
  PROTOCOLS,
} from '../polygon-contracts.ts';
import { type Block, callAt, readFinalizedBlock } from './finalized-block.ts';

type ConditionReading = Awaited<ReturnType<Settlement['readCondition']>>;
type TokenPayout = NonNullable<ConditionReading['payout']>;

/** A result of version 2 is given in millionths (venue §8.5). */
const WHOLE = 1_000_000n;
/**
 * Selector of `ConditionNotResolved()`, with which version 2 refuses to tell a payout (protocol sources, venue §8.5).
 */
const NOT_RESOLVED = '0x28acd6be';
const NO_PARENT = `0x${'00'.repeat(32)}`;
/** Outcomes as sets of slots: the first and the second. */
const INDEX_SETS = [1n, 2n];

/**
 * Everything at one finalised block. A read without an answer is an error, never "unresolved".
 * @throws UpstreamUnavailableError, UnexpectedReplyError
 */
export async function readCondition(rpc: Rpc, terms: PositionTerms, deadlineAtMs: number): Promise<ConditionReading> {
  const block = await readFinalizedBlock(rpc, deadlineAtMs);
  const { wallet, tokenId, otherTokenId, marketVersion } = terms;
  const read = readShares(PROTOCOLS[marketVersion].shares, wallet, [tokenId, otherTokenId]);
  const [shares, payout] = await Promise.all([
    rpc.send([callAt(read, block)], deadlineAtMs),
    readPayout(rpc, terms, block, deadlineAtMs),
  ]);
  const [sharesMicros = 0n, otherSharesMicros = 0n] = decodeShares(orMissing(shares[0]), 2);
  return { blockNumber: block.number, blockAtMs: block.atMs, payout, sharesMicros, otherSharesMicros };
}

/** Null while unresolved. @throws UpstreamUnavailableError, UnexpectedReplyError */
export function readPayout(
  rpc: Rpc,
  terms: TokenTerms,
  block: Block,
  deadlineAtMs: number,
): Promise<TokenPayout | null> {
  return terms.marketVersion === 'v1'
    ? readV1(rpc, terms, block, deadlineAtMs)
    : readV2(rpc, terms, block, deadlineAtMs);
}

/** Numerators exist once the denominator is set; before that, asking for them fails. */
async function readV1(rpc: Rpc, terms: TokenTerms, block: Block, deadlineAtMs: number): Promise<TokenPayout | null> {
  const ask = (signature: string, args: readonly unknown[]) =>
    callAt(encodeCall(CONDITIONAL_TOKENS_ADDRESS, signature, args), block);
  const condition = terms.conditionId;
  const [denominator] = await rpc.send([ask('payoutDenominator(bytes32)', [condition])], deadlineAtMs);
  const [total = 0n] = decodeWords(orMissing(denominator), 1, 'the result of the market');
  if (total === 0n) return null;
  const calls = [0n, 1n].map((slot) => ask('payoutNumerators(bytes32,uint256)', [condition, slot]));
  const [numerators, slot] = await Promise.all([
    rpc.send(calls, deadlineAtMs),
    findSlot(rpc, terms, ask, deadlineAtMs),
  ]);
  const [first = 0n, second = 0n] = [0, 1].flatMap((index) =>
    decodeWords(orMissing(numerators[index]), 1, 'a payout of the market'),
  );
  const [own, other] = slot === 0 ? [first, second] : [second, first];
  return { own, other, total };
}

/**
 * Which of the condition's two results is the token's own: the chain computes the token of each, so that no order of
 * the venue's lists is relied on.
 */
async function findSlot(
  rpc: Rpc,
  { conditionId, tokenId, negRisk }: TokenTerms,
  ask: (signature: string, args: readonly unknown[]) => ReturnType<typeof callAt>,
  deadlineAtMs: number,
): Promise<number> {
  const sets = INDEX_SETS.map((set) => ask('getCollectionId(bytes32,bytes32,uint256)', [NO_PARENT, conditionId, set]));
  const collections = (await rpc.send(sets, deadlineAtMs)).map((outcome) => {
    const [word = 0n] = decodeWords(outcome, 1, 'the collection of an outcome');
    return `0x${word.toString(16).padStart(64, '0')}`;
  });
  const backing = negRisk ? NEG_RISK_BACKING_ADDRESS : BACKING_ADDRESS;
  const tokens = collections.map((collection) => ask('getPositionId(address,bytes32)', [backing, collection]));
  const ids = (await rpc.send(tokens, deadlineAtMs)).map((outcome) => decodeWords(outcome, 1, 'the id of a token')[0]);
  const slot = ids.indexOf(BigInt(tokenId));
  if (slot >= 0) return slot;
  throw new UnexpectedReplyError('The position’s token is none of its market’s tokens on chain', {
    conditionId,
    tokenId,
  });
}

async function readV2(
  rpc: Rpc,
  { tokenId, otherTokenId }: TokenTerms,
  block: Block,
  deadlineAtMs: number,
): Promise<TokenPayout | null> {
  const calls = [tokenId, otherTokenId].map((id) =>
    callAt(encodeCall(POSITION_MANAGER_ADDRESS, 'getPayout(uint256,uint256)', [id, WHOLE]), block),
  );
  const outcomes = await rpc.send(calls, deadlineAtMs);
  if (outcomes.length === 2 && outcomes.every(isNotResolved)) return null;
  const [own = 0n, other = 0n] = [0, 1].flatMap((index) =>
    decodeWords(orMissing(outcomes[index]), 1, 'a payout of the market'),
  );
  return { own, other, total: WHOLE };
}

/** Servers differ in where they put what the contract returned. */
function isNotResolved(outcome: RpcOutcome): boolean {
  if (outcome.ok) return false;
  return selectorOf(outcome) === NOT_RESOLVED || new RegExp(`${NOT_RESOLVED}\\b`, 'i').test(outcome.message);
}

/** Of the custom error with which a contract reverted; undefined where the server does not show it. */
export function selectorOf({ data }: { readonly data?: unknown }): string | undefined {
  return typeof data === 'string' ? /^0x[0-9a-f]{8}/.exec(data.toLowerCase())?.[0] : undefined;
}

export function orMissing(outcome: RpcOutcome | undefined): RpcOutcome {
  return outcome ?? { ok: false, code: 0, message: 'no answer to this call' };
}
