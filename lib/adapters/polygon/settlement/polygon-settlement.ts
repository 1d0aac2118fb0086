import { type Hex, isHex } from 'viem';
import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import type { Relayer } from '#lib/adapters/polymarket/relayer/polymarket-relayer.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { ConfigError, InvariantError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { SignatureType } from '#lib/ports/venue/venue-account.ts';
import type { RedemptionPreparation, Settlement } from '#lib/ports/wallet/settlement.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';
import { createRpc, type Rpc } from '../json-rpc.ts';
import { type Block, readFinalizedBlock } from './finalized-block.ts';
import { createFindRedeeming } from './find-sent.ts';
import { findTransaction, type KeyTransactionsDeps, prepareTransaction, sendTransaction } from './key-transactions.ts';
import { listPayouts } from './list-payouts.ts';
import { planMerge } from './merge-calls.ts';
import { toOwnerCall } from './owner-calls.ts';
import { readCondition } from './read-condition.ts';
import { createLogReader } from './read-logs.ts';
import { type ConditionCalls, type PlannedRedemption, planRedemption } from './redemption-calls.ts';
import { sendOrSay } from './send-or-say.ts';
import { findBatch, prepareBatch, sendBatch, type WalletBatchesDeps } from './wallet-batches.ts';

export type PolygonSettlementDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Address of a Polygon JSON-RPC server. It may contain a provider's key, so no error contains it. */
  readonly rpcUrl: string;
  readonly walletAddress: string;
  readonly signatureType: SignatureType;
  readonly loadAccount: () => Promise<SigningAccount>;
  /** Executes the batches of a deposit wallet. Null without a key for it: then such a wallet is not redeemed. */
  readonly relayer: Relayer | null;
  /** Called before each transaction with what the key has for gas. */
  readonly onGasRead?: KeyTransactionsDeps['onGasRead'];
};

type Routes = KeyTransactionsDeps &
  Omit<WalletBatchesDeps, 'relayer'> &
  Omit<PolygonSettlementDeps, 'rpcUrl' | 'onGasRead'>;

/**
 * Resolution, payouts and redemption on Polygon, for one wallet. Its owner's key sends one transaction for each
 * condition; a deposit wallet acts only for the venue's relayer, which takes one batch for all conditions.
 * @throws ConfigError when the address of the server cannot be used
 */
export function createPolygonSettlement({ rpcUrl, ...deps }: PolygonSettlementDeps): Settlement {
  const { clock, signatureType, loadAccount } = deps;
  const rpc = createRpc({ clock, rpcUrl });
  const readLogs = createLogReader(rpc);
  const walletAddress = toHexAddress(deps.walletAddress);
  const findRedeeming = createFindRedeeming(readLogs, walletAddress);
  const findPayer = async () => (signatureType === 3 ? null : (await loadAccount()).address);
  const routes: Routes = { ...deps, rpc, readLogs, walletAddress, findRedeeming };
  const withRelayer = (): WalletBatchesDeps => ({ ...routes, relayer: orMissingRelayer(deps.relayer) });
  return {
    readCondition: async (terms, deadlineAtMs) => readCondition(rpc, own(terms, walletAddress), deadlineAtMs),
    listPayouts: async (terms, ...range) =>
      listPayouts({ rpc, readLogs, findPayer }, own(terms, walletAddress), ...range),
    prepareRedemption: async (positions, deadlineAtMs) => {
      for (const terms of positions) own(terms, walletAddress);
      return prepare(routes, deadlineAtMs, (block) => planAll(rpc, positions, block, deadlineAtMs));
    },
    prepareMerge: async (terms, sharesMicros, deadlineAtMs) => {
      const prepared = await prepare(routes, deadlineAtMs, async () => {
        const plan = await planMerge(rpc, own(terms, walletAddress), sharesMicros, deadlineAtMs);
        return 'refusal' in plan ? plan : { conditions: [plan] };
      });
      if (prepared.outcome === 'refused') return prepared;
      return { outcome: 'prepared', intent: { ...prepared.intent, isMerge: true } };
    },
    sendRedemption: async (intent, deadlineAtMs) =>
      sendOrSay(async () => {
        const account = await loadAccount();
        if (intent.route === 'relayer') return sendBatch(withRelayer(), account, intent, deadlineAtMs);
        return sendTransaction(routes, account, intent, deadlineAtMs);
      }),
    findRedemption: async (intent, reference, deadlineAtMs) => {
      if (intent.route === 'relayer') return findBatch(withRelayer(), intent, reference, deadlineAtMs);
      return findTransaction(routes, await loadAccount(), intent, reference, deadlineAtMs);
    },
  };
}

type PlannedAction = { readonly conditions: readonly ConditionCalls[] } | Exclude<PlannedRedemption, ConditionCalls>;

async function prepare(
  routes: Routes,
  deadlineAtMs: number,
  plan: (block: Block) => Promise<PlannedAction>,
): Promise<RedemptionPreparation> {
  const { rpc, signatureType, relayer, walletAddress, loadAccount } = routes;
  if (signatureType === 3 && relayer === null) return { outcome: 'refused', text: NO_RELAYER, isFinal: true };
  const block = await readFinalizedBlock(rpc, deadlineAtMs);
  const planned = await plan(block);
  if ('refusal' in planned) return { outcome: 'refused', text: planned.refusal, isFinal: planned.isFinal === true };
  const account = await loadAccount();
  if (signatureType === 3) {
    const fixed = await prepareBatch({ ...routes, relayer: orMissingRelayer(relayer) }, account, deadlineAtMs);
    const calls = planned.conditions.flatMap((condition) => condition.calls);
    return toPrepared('relayer', fixed, calls, planned.conditions, block);
  }
  assertOwnKey(signatureType, account, walletAddress);
  // A key makes one call in a transaction; other outcomes and conditions follow in transactions of their own.
  const [first] = planned.conditions;
  const [call] = first?.calls ?? [];
  const addresses = { walletAddress, owner: toHexAddress(account.address) };
  const ownerCall = call === undefined ? undefined : toOwnerCall(signatureType, addresses, call);
  if (first === undefined || ownerCall === undefined) throw new InvariantError('A redemption has no call');
  const fixed = await prepareTransaction(routes, account.address, ownerCall, deadlineAtMs);
  if ('refusal' in fixed) return { outcome: 'refused', text: fixed.refusal, isFinal: false };
  return toPrepared('transaction', { nonce: fixed.nonce, deadlineAtMs: null }, [ownerCall], [first], block);
}

/** All positions that can be redeemed, the first of which must be one of them. */
async function planAll(
  rpc: Rpc,
  positions: readonly PositionTerms[],
  block: Block,
  deadlineAtMs: number,
): Promise<PlannedAction> {
  const plans = await Promise.all(positions.map((terms) => planRedemption(rpc, terms, block, deadlineAtMs)));
  const [first] = plans;
  if (first === undefined) throw new InvariantError('A redemption needs a position');
  if ('refusal' in first) return first;
  return { conditions: plans.flatMap((plan) => ('refusal' in plan ? [] : [plan])) };
}

function toPrepared(
  route: 'transaction' | 'relayer',
  fixed: { readonly nonce: bigint; readonly deadlineAtMs: number | null },
  calls: ConditionCalls['calls'],
  conditions: readonly ConditionCalls[],
  block: Block,
): RedemptionPreparation {
  const intent = {
    route,
    ...fixed,
    calls: calls.map(({ to, data }) => ({ target: to, data })),
    conditionIds: conditions.map(({ conditionId }) => conditionId),
    preparedAtBlock: block.number,
  };
  return { outcome: 'prepared', intent };
}

const NO_RELAYER =
  'A deposit wallet acts only for the venue’s relayer, and no key of the relayer is configured: set LIVE_RELAYER_SECRET, or redeem on the venue’s website';

function orMissingRelayer(relayer: Relayer | null): Relayer {
  if (relayer === null) throw new ConfigError(NO_RELAYER);
  return relayer;
}

/** The shares of another wallet would look like missing shares. @throws ConfigError */
function own(terms: PositionTerms, walletAddress: string): PositionTerms {
  const { mode, wallet } = terms;
  if (mode !== 'live') throw new InvariantError('A position on paper has nothing on chain', { mode });
  if (isSameHex(wallet, walletAddress)) return terms;
  const context = { wallet, walletAddress };
  throw new ConfigError('The position belongs to another wallet than this deployment settles', context);
}

/** The owners of proxies and safes are known to the chain, which refuses another key. @throws ConfigError */
function assertOwnKey(signatureType: SignatureType, { address }: SigningAccount, walletAddress: string): void {
  if (signatureType !== 0 || isSameHex(address, walletAddress)) return;
  const context = { signerAddress: address, walletAddress };
  throw new ConfigError(
    'The signing key does not belong to the wallet: with signature type 0 the wallet is its address',
    context,
  );
}

function toHexAddress(address: string): Hex {
  if (isHex(address) && address.length === 42) return address;
  throw new ConfigError('The wallet is not an address: 0x and 40 hexadecimal digits');
}
