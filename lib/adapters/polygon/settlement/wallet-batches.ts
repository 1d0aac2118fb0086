import { type Hex, keccak256, slice, stringToHex } from 'viem';
import { type ContractCall, encodeWord } from '#lib/adapters/evm/encode-abi.ts';
import { hashTypedData } from '#lib/adapters/evm/hash-typed-data.ts';
import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import type { Relayer, WalletBatch } from '#lib/adapters/polymarket/relayer/polymarket-relayer.ts';
import { ConfigError, UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { RedemptionAnswer, RedemptionIntent, RedemptionState } from '#lib/ports/wallet/settlement.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';
import { decodeWords, toRpcCall } from '../contract-calls.ts';
import type { Rpc } from '../json-rpc.ts';
import { DEPOSIT_WALLET_FACTORY_ADDRESS, POLYGON_CHAIN_ID } from '../polygon-contracts.ts';
import { type Block, callAt, readFinalizedBlock } from './finalized-block.ts';
import { type FindRedeeming, readSent } from './find-sent.ts';
import { orMissing } from './read-condition.ts';
import type { ReadLogs } from './read-logs.ts';
import { readReceipt } from './receipts.ts';

export type WalletBatchesDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly rpc: Rpc;
  readonly readLogs: ReadLogs;
  readonly findRedeeming: FindRedeeming;
  readonly relayer: Relayer;
  readonly walletAddress: Hex;
};

/** The venue's own clients give 5 to 30 minutes. */
const VALID_MS = 600_000;
/** `BatchExecuted(uint256)` of a deposit wallet, with the nonce that was used. */
const BATCH_EXECUTED = '0xe9cc9bbe7de1cbb097a6357ca3182909488efe8d793e25665befc064a02d10a7';
const CALL_TYPE = 'Call(address target,uint256 value,bytes data)';
const BATCH_TYPE = `Batch(address wallet,uint256 nonce,uint256 deadline,Call[] calls)${CALL_TYPE}`;

/**
 * Nonce and deadline of a batch. The nonce is the chain's: the relayer's own has been wrong (ts-sdk#247, py-sdk#213).
 */
export async function prepareBatch(
  { clock, rpc, walletAddress }: WalletBatchesDeps,
  account: SigningAccount,
  deadlineAtMs: number,
): Promise<{ readonly nonce: bigint; readonly deadlineAtMs: number }> {
  const calls = (['nonce()', 'owner()'] as const).map((read) => toRpcCall(readOf(walletAddress, read)));
  const [nonce, owner] = await rpc.send(calls, deadlineAtMs);
  const [ownerWord = 0n] = decodeWords(orMissing(owner), 1, 'the owner of the deposit wallet');
  const ownerAddress = `0x${ownerWord.toString(16).padStart(40, '0')}`;
  if (!isSameHex(ownerAddress, account.address)) {
    const context = { signerAddress: account.address, ownerAddress, walletAddress };
    throw new ConfigError('The signing key does not own the deposit wallet: check LIVE_WALLET_ADDRESS', context);
  }
  const [next = 0n] = decodeWords(orMissing(nonce), 1, 'the nonce of the deposit wallet');
  return { nonce: next, deadlineAtMs: Math.floor((clock.nowMs() + VALID_MS) / 1_000) * 1_000 };
}

export async function sendBatch(
  { relayer, walletAddress }: WalletBatchesDeps,
  account: SigningAccount,
  intent: RedemptionIntent,
  deadlineAtMs: number,
): Promise<RedemptionAnswer> {
  const { nonce, calls } = intent;
  const batch: WalletBatch = {
    factory: DEPOSIT_WALLET_FACTORY_ADDRESS,
    owner: account.address,
    wallet: walletAddress,
    nonce,
    deadlineS: BigInt((intent.deadlineAtMs ?? 0) / 1_000),
    calls,
  };
  return relayer.submit(batch, await account.signDigest(digestOf(batch)), deadlineAtMs);
}

/**
 * What the owner signs: EIP-712. Lists and bytes are hashed here and not in `../../evm`, whose code is part of every
 * exit.
 */
export function digestOf({ wallet, nonce, deadlineS, calls }: WalletBatch): Hex {
  const domain = { name: 'DepositWallet', version: '1', chainId: POLYGON_CHAIN_ID, verifyingContract: wallet };
  const hashes = calls.map(({ target, data }) => {
    const words = [encodeWord('address', target), encodeWord('uint256', 0n), hash(Buffer.from(data.slice(2), 'hex'))];
    return hash(Buffer.concat([hash(Buffer.from(CALL_TYPE)), ...words]));
  });
  const words = [encodeWord('address', wallet), encodeWord('uint256', nonce), encodeWord('uint256', deadlineS)];
  const list = hash(Buffer.concat(hashes));
  return hashTypedData(domain, hash(Buffer.concat([hash(Buffer.from(BATCH_TYPE)), ...words, list])));
}

function hash(content: Uint8Array): Uint8Array {
  return keccak256(content, 'bytes');
}

/** A call without arguments is its selector. */
function readOf(walletAddress: Hex, signature: 'nonce()' | 'owner()'): ContractCall {
  return { to: walletAddress, data: slice(keccak256(stringToHex(signature)), 0, 4) };
}

/**
 * The wallet's nonce and the chain's clock decide; the relayer only tells earlier that a batch has failed.
 * A batch whose nonce is unmoved at a block after its deadline can never be executed.
 */
export async function findBatch(
  deps: WalletBatchesDeps,
  intent: RedemptionIntent,
  reference: string | null,
  deadlineAtMs: number,
): Promise<RedemptionState> {
  const { rpc, relayer, walletAddress } = deps;
  const finalized = await readFinalizedBlock(rpc, deadlineAtMs);
  const [read] = await rpc.send([callAt(readOf(walletAddress, 'nonce()'), finalized)], deadlineAtMs);
  const [nonce = 0n] = decodeWords(orMissing(read), 1, 'the nonce of the deposit wallet');
  if (nonce > intent.nonce) return findExecuted(deps, intent, finalized, deadlineAtMs);
  if (intent.deadlineAtMs !== null && finalized.atMs > intent.deadlineAtMs) {
    return { state: 'void', text: 'The deadline of the batch passed before it was executed' };
  }
  const told = reference === null ? null : await relayer.findFailure(reference, deadlineAtMs);
  return told === null ? { state: 'pending' } : { state: 'reverted', text: told };
}

/**
 * Another batch may have used the nonce: of the owner on the venue's website, or of the suite beside the owner's own
 * commands. The transaction's input holds the calls as they were signed.
 */
async function findExecuted(
  { rpc, readLogs, findRedeeming, walletAddress }: WalletBatchesDeps,
  { nonce, preparedAtBlock, calls }: RedemptionIntent,
  { number }: Block,
  deadlineAtMs: number,
): Promise<RedemptionState> {
  const range = { from: preparedAtBlock, to: number };
  const filter = { address: walletAddress, topics: [BATCH_EXECUTED] };
  const [executed, redeeming] = await Promise.all([
    readLogs(filter, range, deadlineAtMs),
    findRedeeming(range, deadlineAtMs),
  ]);
  const nonceWord = nonce.toString(16).padStart(64, '0');
  for (const { transactionHash, blockNumber } of executed) {
    if (!redeeming.includes(transactionHash)) continue;
    const receipt = await readReceipt(rpc, transactionHash, deadlineAtMs);
    const isOwn = receipt?.logs.some(
      ({ address, topics, data }) =>
        isSameHex(address, walletAddress) && topics[0] === BATCH_EXECUTED && (topics[1] ?? data).endsWith(nonceWord),
    );
    if (isOwn !== true) continue;
    const sent = await readSent(rpc, transactionHash, deadlineAtMs);
    if (sent === null)
      throw new UnexpectedReplyError('The chain has a receipt and not its transaction', { transactionHash });
    if (calls.every((call) => isPartOf(sent.input, call))) return { state: 'done', blockNumber, transactionHash };
  }
  return { state: 'void', text: 'Another batch of the wallet has used the nonce' };
}

function isPartOf(input: string, { target, data }: RedemptionIntent['calls'][number]): boolean {
  const text = input.toLowerCase();
  return [target, data].every((part) => text.includes(part.replace(/^0x/, '').toLowerCase()));
}
