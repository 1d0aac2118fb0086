import type * as z from 'zod/mini';
import { assertOwnToken } from '#lib/adapters/assert-order.ts';
import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import { exchangeOf, PROTOCOLS } from '#lib/adapters/polygon/polygon-contracts.ts';
import { type BalanceReply, BalanceSchema } from '#lib/adapters/polymarket/account/balance-schema.ts';
import type { ApiCredentials } from '#lib/adapters/polymarket/api-credentials.ts';
import { type ClobAccess, type ClobAccessDeps, createClobAccess } from '#lib/adapters/polymarket/clob-access.ts';
import { toClobConditionId } from '#lib/adapters/polymarket/market-data/market-ids.ts';
import { parseReply } from '#lib/adapters/polymarket/parse-reply.ts';
import { readPages } from '#lib/adapters/polymarket/read-pages.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { ConfigError, InvariantError, UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { Exchange } from '#lib/ports/venue/exchange.ts';
import type { SignatureType } from '#lib/ports/venue/venue-account.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';
import type { Wallet } from '#lib/ports/wallet/wallet.ts';
import { listOwnOrders } from './list-own-orders.ts';
import { RestingOrderSchema } from './own-order-schemas.ts';
import { type PlaceOrderDeps, postLiveOrder, prepareLiveOrder } from './place-order.ts';
import { isEndedStatus } from './to-order-record.ts';

export type PolymarketExchangeDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ids: Pick<IdSource, 'nextSalt'>;
  readonly clobHost: string;
  readonly walletAddress: string;
  readonly signatureType: SignatureType;
  /** The key's account and the venue's credentials, loaded at first use. Both callbacks cache what they load. */
  readonly loadAccount: () => Promise<SigningAccount>;
  readonly loadCredentials: () => Promise<ApiCredentials>;
  /** Called after a 401: the next request loads the credentials again. */
  readonly forgetCredentials?: () => void;
  readonly onRenewed?: ClobAccessDeps['onRenewed'];
  /** Source of the fees that were really charged. */
  readonly chain?: Pick<Wallet, 'listCashMovements'>;
};

/**
 * Our account at Polymarket. Orders are built and signed with the venue's package. Requests are our own: each has a
 * deadline, and none that could place an order is repeated (venue §1.2). Accepts live positions of its own wallet only.
 */
export function createPolymarketExchange(deps: PolymarketExchangeDeps): Exchange {
  const { clock, ids, signatureType, chain } = deps;
  const access = createClobAccess({ ...deps, loadAccount: () => loadOwnAccount(deps) });
  const placing: PlaceOrderDeps = { access, clock, ids, signatureType, prepared: new Map() };
  const balances = { access, signatureType };
  return {
    async prepareOrder(position, order, attemptNumber) {
      assertOurs(deps, position);
      assertOwnToken(position, order);
      return prepareLiveOrder(placing, position, order, attemptNumber);
    },
    async postOrder(position, intent, deadlineAtMs) {
      assertOurs(deps, position);
      assertOwnToken(position, intent);
      return postLiveOrder(placing, position, intent, deadlineAtMs);
    },
    async listOrders(position, orderHashes, deadlineAtMs) {
      assertOurs(deps, position);
      return listOwnOrders({ access, clock, chain }, position, orderHashes, deadlineAtMs);
    },
    async getBalance(position, deadlineAtMs) {
      assertOurs(deps, position);
      const reply = await askForBalance(balances, position, '/balance-allowance', deadlineAtMs);
      const { balance, allowances } = parseReply(BalanceSchema, reply, 'our balance');
      return { balanceMicros: balance, approved: isApproved(position, allowances) };
    },
    async refreshBalance(position, deadlineAtMs) {
      assertOurs(deps, position);
      await askForBalance(balances, position, '/balance-allowance/update', deadlineAtMs);
    },
    async listRestingOrders(position, deadlineAtMs) {
      assertOurs(deps, position);
      const query = ownOrdersOf(position);
      const read = { path: '/data/orders', query, what: 'our resting orders', deadlineAtMs };
      const orders = await readPages(access, RestingOrderSchema, read);
      return orders.filter((order) => mayRestOn(position, order)).map((order) => order.id);
    },
    async cancelRestingOrders(position, deadlineAtMs) {
      assertOurs(deps, position);
      const body = JSON.stringify(ownOrdersOf(position));
      const what = 'a cancellation';
      const request = { method: 'DELETE', path: '/cancel-market-orders', body, what, deadlineAtMs } as const;
      assertAnswered(await access.ask({ ...request, mayBeEmpty: true }), what);
    },
  };
}

/** The venue would refuse every order of another wallet's key. @throws ConfigError */
async function loadOwnAccount({ loadAccount, signatureType, walletAddress }: PolymarketExchangeDeps) {
  const account = await loadAccount();
  if (signatureType !== 0 || isSameHex(account.address, walletAddress)) return account;
  throw new ConfigError(
    'The signing key does not belong to the wallet: with signature type 0 the wallet is the address of the key',
    {
      keyAddress: account.address,
      walletAddress,
    },
  );
}

function assertOurs(deps: Pick<PolymarketExchangeDeps, 'walletAddress'>, position: PositionTerms): void {
  const { positionId, mode, wallet } = position;
  if (mode !== 'live') {
    throw new InvariantError('The live exchange was asked to act for a position that is not live', {
      positionId,
      mode,
    });
  }
  if (isSameHex(wallet, deps.walletAddress)) return;
  throw new ConfigError('The position belongs to another wallet than this deployment trades for', {
    positionId,
    wallet,
    walletAddress: deps.walletAddress,
  });
}

type BalanceDeps = { readonly access: ClobAccess; readonly signatureType: SignatureType };

/**
 * Balances are kept per token and signature type; without either the venue returns another balance (venue §3.2). Under
 * the asset type of another version it returns 0.
 */
async function askForBalance(
  { access, signatureType }: BalanceDeps,
  position: PositionTerms,
  path: string,
  deadlineAtMs: number,
): Promise<unknown> {
  const { assetType } = PROTOCOLS[position.marketVersion];
  const query = { asset_type: assetType, token_id: position.tokenId, signature_type: String(signatureType) };
  const what = 'our balance';
  return assertAnswered(await access.ask({ method: 'GET', path, query, what, deadlineAtMs, mayBeEmpty: true }), what);
}

/** The venue's filter for orders of this position; it names a condition by 32 bytes in both versions. */
function ownOrdersOf({ conditionId, tokenId }: PositionTerms) {
  return { market: toClobConditionId(conditionId), asset_id: tokenId };
}

/** The request names the token and asks for open orders, but not every server filters by both. */
function mayRestOn({ tokenId }: PositionTerms, { asset_id: assetId, status }: z.output<typeof RestingOrderSchema>) {
  return (assetId ?? tokenId) === tokenId && !isEndedStatus(status ?? '');
}

function assertAnswered({ status, body }: Awaited<ReturnType<ClobAccess['ask']>>, what: string): unknown {
  if (status < 400) return body;
  throw new UnexpectedReplyError(`The venue refused ${what}`, { status });
}

/** Null when the answer does not list the market's exchange. */
function isApproved({ marketVersion, negRisk }: PositionTerms, allowances: BalanceReply['allowances']): boolean | null {
  const spender = exchangeOf({ version: marketVersion, negRisk });
  const allowance = Object.entries(allowances ?? {}).find(([address]) => isSameHex(address, spender))?.[1];
  return allowance === undefined ? null : allowance > 0n;
}
