import { type Hex, isHex } from 'viem';
import type { ContractCall } from '#lib/adapters/evm/encode-abi.ts';
import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import type { Relayer } from '#lib/adapters/polymarket/relayer/polymarket-relayer.ts';
import { ConfigError, InvariantError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { SignatureType } from '#lib/ports/venue/venue-account.ts';
import type { RedemptionAnswer, RedemptionIntent, RedemptionState } from '#lib/ports/wallet/settlement.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';
import type { Rpc, RpcOutcome } from '../json-rpc.ts';
import { readFinalizedBlock } from '../settlement/finalized-block.ts';
import { readNextNonce } from '../settlement/find-sent.ts';
import { findTransaction, prepareTransaction, sendTransaction } from '../settlement/key-transactions.ts';
import { toOwnerCall } from '../settlement/owner-calls.ts';
import { selectorOf } from '../settlement/read-condition.ts';
import { createLogReader } from '../settlement/read-logs.ts';
import { sendOrSay } from '../settlement/send-or-say.ts';
import { findBatch, prepareBatch, sendBatch } from '../settlement/wallet-batches.ts';
import { createFindTouching } from './find-touching.ts';
import { readWallet } from './read-wallet.ts';

/** An action that the wallet's owner chose: any calls, fixed before they are sent. */
export type WalletAction = {
  readonly intent: RedemptionIntent;
  /** The most that gas may cost the key; null when the relayer pays. */
  readonly costWei: bigint | null;
};

export type ActionPreparation =
  | ({ readonly outcome: 'prepared' } & WalletAction)
  | { readonly outcome: 'refused'; readonly text: string };

export type WalletActions = {
  /** Whether several calls may be one action: of a deposit wallet, where all take effect or none. */
  readonly isBatching: boolean;
  /** Fixes one action. Refused when a call would revert, gas is missing, or another transaction still waits. */
  prepare(calls: readonly ContractCall[], deadlineAtMs: number): Promise<ActionPreparation>;
  /** The same for a call of the key itself. */
  prepareByKey(call: ContractCall, deadlineAtMs: number): Promise<ActionPreparation>;
  /** Sends once. Does not throw for failures of node or relayer. */
  send(intent: RedemptionIntent, deadlineAtMs: number): Promise<RedemptionAnswer>;
  /**
   * Whether an action of an earlier command was seen by anybody. False for a transaction of which the chain knows none
   * with its nonce, mined or waiting: `find` would send it, perhaps days after somebody thought better of it.
   */
  isKnown(intent: RedemptionIntent, deadlineAtMs: number): Promise<boolean>;
  /** As `Settlement.findRedemption`; a done one names its transaction. */
  find(intent: RedemptionIntent, reference: string | null, deadlineAtMs: number): Promise<RedemptionState>;
};

export type WalletActionsDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly rpc: Rpc;
  readonly walletAddress: Hex;
  readonly signatureType: SignatureType;
  readonly account: SigningAccount;
  readonly relayer: Relayer;
};

/** Actions of a wallet by its owner's key: EOA, proxy and safe by transaction, a deposit wallet by the relayer. */
export function createWalletActions(deps: WalletActionsDeps): WalletActions {
  const { rpc, signatureType, account, walletAddress } = deps;
  const readLogs = createLogReader(rpc);
  const routes = { ...deps, readLogs, findRedeeming: createFindTouching(readLogs, walletAddress) };
  const prepareByKey: WalletActions['prepareByKey'] = async (call, deadlineAtMs) => {
    const block = await readFinalizedBlock(rpc, deadlineAtMs);
    const fixed = await prepareTransaction(routes, account.address, call, deadlineAtMs);
    if ('refusal' in fixed) return { outcome: 'refused', text: fixed.refusal };
    const { nonce, waitingCount, costWei } = fixed;
    // With the next nonce it would take effect in addition to the one that waits, which may be the same action.
    if (waitingCount > 0n) return { outcome: 'refused', text: waitingText(account.address, waitingCount) };
    return { outcome: 'prepared', costWei, intent: toIntent('transaction', { nonce }, null, [call], block.number) };
  };
  return {
    isBatching: signatureType === 3,
    prepareByKey,
    prepare: async (calls, deadlineAtMs) => {
      if (signatureType === 3) return prepareForRelayer(routes, calls, deadlineAtMs);
      const [call] = calls;
      const owner = account.address;
      if (call === undefined || calls.length !== 1 || !isHex(owner)) {
        throw new InvariantError('A transaction of the key makes one call');
      }
      if (signatureType === 0 && !isSameHex(owner, walletAddress)) {
        throw new ConfigError(
          'The key does not belong to the wallet: with type 0 the wallet is the address of the key',
        );
      }
      await assertOwned(deps, deadlineAtMs);
      const ownerCall = toOwnerCall(signatureType, { walletAddress, owner }, call);
      if (ownerCall === undefined) throw new InvariantError('This type of wallet makes no calls by transaction');
      return prepareByKey(ownerCall, deadlineAtMs);
    },
    send: (intent, deadlineAtMs) =>
      sendOrSay(() =>
        intent.route === 'relayer'
          ? sendBatch(routes, account, intent, deadlineAtMs)
          : sendTransaction(routes, account, intent, deadlineAtMs),
      ),
    isKnown: async ({ route, nonce }, deadlineAtMs) => {
      if (route === 'relayer') return true;
      const next = await readNextNonce(rpc, account.address, deadlineAtMs);
      return next > nonce;
    },
    find: (intent, reference, deadlineAtMs) =>
      intent.route === 'relayer'
        ? findBatch(routes, intent, reference, deadlineAtMs)
        : findTransaction(routes, account, intent, reference, deadlineAtMs),
  };
}

/**
 * A proxy's transaction goes to the factory, which acts for the proxy of whoever sent it: with another wallet named, it
 * would move the cash of the key's own.
 */
async function assertOwned(
  { rpc, walletAddress: wallet, account, signatureType }: WalletActionsDeps,
  deadlineAtMs: number,
): Promise<void> {
  if (signatureType === 0) return;
  const { isOwnedByKey } = await readWallet(rpc, { wallet, key: account.address, signatureType }, deadlineAtMs);
  if (isOwnedByKey === true || (isOwnedByKey === null && signatureType !== 1)) return;
  throw new ConfigError(
    `The key ${account.address} does not own the wallet ${wallet}: check --wallet and --wallet-type`,
  );
}

/** The relayer tells no reason for a batch that reverts, so each call is tried on the chain first. */
async function prepareForRelayer(
  deps: WalletActionsDeps & Parameters<typeof prepareBatch>[0],
  calls: readonly ContractCall[],
  deadlineAtMs: number,
): Promise<ActionPreparation> {
  const { rpc, account, walletAddress } = deps;
  const block = await readFinalizedBlock(rpc, deadlineAtMs);
  const fixed = await prepareBatch(deps, account, deadlineAtMs);
  const tried = await rpc.send(
    calls.map((call) => ({ method: 'eth_estimateGas', params: [{ from: walletAddress, ...call }] })),
    deadlineAtMs,
  );
  const refused = tried.find((outcome) => !outcome.ok);
  if (refused !== undefined) return { outcome: 'refused', text: `The chain refuses a call: ${reasonOf(refused)}` };
  return {
    outcome: 'prepared',
    costWei: null,
    intent: toIntent('relayer', fixed, fixed.deadlineAtMs, calls, block.number),
  };
}

function reasonOf(outcome: RpcOutcome): string {
  if (outcome.ok) return '';
  const selector = selectorOf(outcome);
  return selector === undefined ? outcome.message : `${outcome.message} (${selector})`;
}

function toIntent(
  route: RedemptionIntent['route'],
  { nonce }: { readonly nonce: bigint },
  deadlineAtMs: number | null,
  calls: readonly ContractCall[],
  preparedAtBlock: bigint,
): RedemptionIntent {
  const targets = calls.map(({ to, data }) => ({ target: to, data }));
  return { route, nonce, deadlineAtMs, calls: targets, conditionIds: [], preparedAtBlock };
}

function waitingText(key: string, count: bigint): string {
  const what = count === 1n ? 'A transaction' : `${count} transactions`;
  return `${what} of the key ${key} still ${count === 1n ? 'waits' : 'wait'} to be mined: try again when it is done`;
}
