import { keccak256 } from 'viem';
import type { ContractCall } from '#lib/adapters/evm/encode-abi.ts';
import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import { signTransaction } from '#lib/adapters/evm/sign-transaction.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type {
  RedemptionAnswer,
  RedemptionIntent,
  RedemptionRefusal,
  RedemptionState,
} from '#lib/ports/wallet/settlement.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';
import type { Rpc } from '../json-rpc.ts';
import { POLYGON_CHAIN_ID } from '../polygon-contracts.ts';
import { gasPricesOf } from '../transaction-fees.ts';
import { readFinalizedBlock } from './finalized-block.ts';
import { type FindRedeeming, readNonceAt, readSent } from './find-sent.ts';
import { type KeyState, readKeyState } from './key-state.ts';
import { readReceipt } from './receipts.ts';

export type KeyTransactionsDeps = {
  readonly rpc: Rpc;
  readonly findRedeeming: FindRedeeming;
  readonly onGasRead?: ((balanceWei: bigint) => void) | undefined;
};

/** Measured: 157,000 to 224,000 for one condition; proxied tokens add up to 60,000. */
const GAS_MAX = 500_000n;
/** Gas may differ from the estimate when the state changes in between. */
const GAS_PERCENT = 130n;
/** Some 30 s. A transaction that is not mined by then offers too little. */
const STUCK_AFTER_BLOCKS = 20n;
/** The least by which a node accepts a replacement, with a reserve for rounding. */
const RAISE_PERCENT = 112n;
const RAISES_MAX = 12n;

type Planned = { readonly gas: bigint; readonly prices: ReturnType<typeof gasPricesOf> };

export type PreparedTransaction = {
  readonly nonce: bigint;
  /** Transactions of the key that are not mined yet. */
  readonly waitingCount: bigint;
  /** The most that gas may cost. */
  readonly costWei: bigint;
};

/** Nonce and gas of one transaction of the key; a refusal when it would revert or the key cannot pay it. */
export async function prepareTransaction(
  { rpc, onGasRead }: Pick<KeyTransactionsDeps, 'rpc' | 'onGasRead'>,
  key: string,
  call: ContractCall,
  deadlineAtMs: number,
): Promise<PreparedTransaction | { readonly refusal: string }> {
  const state = await readKeyState(rpc, key, call, deadlineAtMs);
  onGasRead?.(state.balanceWei);
  const planned = planTransaction(key, state, 100n);
  if ('text' in planned) return { refusal: planned.text };
  const costWei = planned.gas * planned.prices.maxFeePerGasWei;
  return { nonce: state.nextNonce, waitingCount: state.nextNonce - state.minedNonce, costWei };
}

function planTransaction(key: string, state: KeyState, percent: bigint): Planned | RedemptionRefusal {
  const { estimate, tipWei, block, balanceWei } = state;
  if ('refusal' in estimate) return { text: `The chain refuses the transaction: ${estimate.refusal}`, isFinal: false };
  if (estimate.gas > GAS_MAX) {
    return { text: `The transaction takes ${estimate.gas} gas, more than the limit of ${GAS_MAX}`, isFinal: false };
  }
  const withReserve = (estimate.gas * GAS_PERCENT) / 100n;
  const gas = withReserve < GAS_MAX ? withReserve : GAS_MAX;
  const prices = gasPricesOf(tipWei, block.baseFeePerGas, percent);
  const costWei = gas * prices.maxFeePerGasWei;
  if (balanceWei >= costWei) return { gas, prices };
  const text = `The key has ${toPol(balanceWei)} POL, and gas may cost ${toPol(costWei)} POL: send POL to ${key}`;
  return { text, isFinal: false };
}

/** Signs the intent with today's gas and sends it once. */
export async function sendTransaction(
  { rpc }: KeyTransactionsDeps,
  account: SigningAccount,
  intent: RedemptionIntent,
  deadlineAtMs: number,
): Promise<RedemptionAnswer> {
  const call = callOf(intent);
  const state = await readKeyState(rpc, account.address, call, deadlineAtMs);
  if (state.minedNonce > intent.nonce) {
    return { outcome: 'refused', text: 'Another transaction of the key has used the nonce', isFinal: false };
  }
  const planned = planTransaction(account.address, state, 100n);
  if ('text' in planned) return { outcome: 'refused', ...planned };
  return broadcast(rpc, await sign(account, intent, call, planned), deadlineAtMs);
}

/**
 * What became of the transaction with the intent's nonce. While none with it is mined, one that the chain does not
 * know, or that is stuck, is sent (again) with the same nonce: only one of them can count.
 */
export async function findTransaction(
  deps: KeyTransactionsDeps,
  account: SigningAccount,
  intent: RedemptionIntent,
  reference: string | null,
  deadlineAtMs: number,
): Promise<RedemptionState> {
  const { rpc } = deps;
  const finalized = await readFinalizedBlock(rpc, deadlineAtMs);
  const nonces = await readNonceAt(rpc, account.address, finalized, deadlineAtMs);
  if (nonces.final > intent.nonce) {
    return findFinal(deps, account.address, intent, reference, finalized.number, deadlineAtMs);
  }
  if (nonces.newest > intent.nonce) return { state: 'pending' };
  return sendAgain(deps, account, intent, reference, finalized.number - intent.preparedAtBlock, deadlineAtMs);
}

/** The nonce is used for good: by the transaction as it was sent, by a replacement of it, or by another. */
async function findFinal(
  { rpc, findRedeeming }: KeyTransactionsDeps,
  key: string,
  intent: RedemptionIntent,
  reference: string | null,
  finalBlock: bigint,
  deadlineAtMs: number,
): Promise<RedemptionState> {
  const receipt = reference === null ? null : await readReceipt(rpc, reference, deadlineAtMs);
  if (receipt !== null && receipt.blockNumber <= finalBlock) {
    const { blockNumber, transactionHash } = receipt;
    if (receipt.status === '0x1') return { state: 'done', blockNumber, transactionHash };
    return { state: 'reverted', text: `The transaction ${receipt.transactionHash} was reverted` };
  }
  const range = { from: intent.preparedAtBlock, to: finalBlock };
  for (const hash of await findRedeeming(range, deadlineAtMs)) {
    const sent = await readSent(rpc, hash, deadlineAtMs);
    if (sent === null || sent.blockNumber === null || sent.nonce !== intent.nonce) continue;
    if (isSameHex(sent.from, key) && isSameHex(sent.input, callOf(intent).data)) {
      return { state: 'done', blockNumber: sent.blockNumber, transactionHash: hash };
    }
  }
  return { state: 'void', text: 'Another transaction of the key has used the nonce, or it was reverted' };
}

async function sendAgain(
  { rpc }: KeyTransactionsDeps,
  account: SigningAccount,
  intent: RedemptionIntent,
  reference: string | null,
  ageBlocks: bigint,
  deadlineAtMs: number,
): Promise<RedemptionState> {
  const known = reference === null ? null : await readSent(rpc, reference, deadlineAtMs);
  const raises = ageBlocks / STUCK_AFTER_BLOCKS;
  if (known !== null && raises === 0n) return { state: 'pending' };
  const call = callOf(intent);
  const state = await readKeyState(rpc, account.address, call, deadlineAtMs);
  const planned = planTransaction(account.address, state, raisedPercent(raises));
  if ('text' in planned) {
    // Nothing is left to redeem, or no gas to do it with. What the pool still holds can only do the same harmless
    // thing.
    return known === null ? { state: 'void', text: planned.text } : { state: 'pending' };
  }
  // A refusal here means that the pool has it already, or that the nonce has just been used: the next look tells.
  await broadcast(rpc, await sign(account, intent, call, planned), deadlineAtMs);
  return { state: 'pending' };
}

/** Each period of waiting raises the price once more, whichever process counts: nothing of it has to be stored. */
function raisedPercent(raises: bigint): bigint {
  let percent = 100n;
  for (let count = 0n; count < raises && count < RAISES_MAX; count += 1n) {
    percent = (percent * RAISE_PERCENT) / 100n;
  }
  return percent;
}

function sign(account: SigningAccount, { nonce }: RedemptionIntent, call: ContractCall, { gas, prices }: Planned) {
  return signTransaction(account, { chainId: POLYGON_CHAIN_ID, nonce: Number(nonce), gas, ...prices, call });
}

/** Words of nodes that certainly did not take the transaction. */
const REFUSED = /insufficient funds|below minimum|intrinsic gas|exceeds block gas limit|fee cap less than block/i;

async function broadcast(rpc: Rpc, serialized: `0x${string}`, deadlineAtMs: number): Promise<RedemptionAnswer> {
  const reference = keccak256(serialized);
  try {
    const hash = await rpc.sendOne({ method: 'eth_sendRawTransaction', params: [serialized] }, deadlineAtMs);
    if (typeof hash === 'string' && isSameHex(hash, reference)) return { outcome: 'accepted', reference };
    return { outcome: 'unknown', text: 'The chain answered with another hash than that of the transaction' };
  } catch (error) {
    if (!(error instanceof UnexpectedReplyError || error instanceof UpstreamUnavailableError)) throw error;
    const text = error instanceof UnexpectedReplyError ? String(error.context.reason ?? error.message) : error.message;
    if (/already (?:known|imported)/i.test(text)) return { outcome: 'accepted', reference };
    if (REFUSED.test(text)) return { outcome: 'refused', text, isFinal: false };
    return { outcome: 'unknown', text };
  }
}

function callOf({ calls }: RedemptionIntent): ContractCall {
  const [call] = calls;
  if (call === undefined) throw new UnexpectedReplyError('The transaction has no call');
  return { to: toHexText(call.target), data: toHexText(call.data) };
}

function toHexText(text: string): `0x${string}` {
  return `0x${text.replace(/^0x/, '')}`;
}

function toPol(wei: bigint): string {
  return (Number(wei / 10n ** 12n) / 1_000_000).toFixed(4);
}
