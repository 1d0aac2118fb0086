import type { FastifyInstance, FastifyRequest } from 'fastify';
import { COLLATERAL } from '#infra/venue/trading/chain-readings.ts';
import type { TradedMarket } from '#infra/venue/trading/traded-markets.ts';
import type { VenueAccount } from '#infra/venue/trading/venue-accounts.ts';
import { UNLIMITED_MICROS } from '#infra/venue/trading/venue-cash.ts';
import { EXCHANGE_ADDRESS, exchangeOf } from '#lib/adapters/polygon/polygon-contracts.ts';
import { forCallers, type PrivateRouteDeps, queryField, sendRefusal } from './private-requests.ts';
import type { Caller } from './request-auth.ts';

type BalanceQuery =
  | { readonly kind: 'collateral'; readonly account: VenueAccount | undefined }
  | {
      readonly kind: 'token';
      readonly account: VenueAccount | undefined;
      readonly traded: TradedMarket;
      readonly tokenId: string;
    };

const STANDARD_MARKET = { negRisk: false };

/**
 * A wallet's balances as the venue knows them, and the request to refresh them (venue §2.8, §3.2). Balances are kept by
 * signature type: with another type than the wallet's the answer is an empty balance.
 */
export function registerBalanceRoutes(app: FastifyInstance, deps: PrivateRouteDeps): void {
  app.get(
    '/balance-allowance',
    forCallers(deps, async (caller, request, reply) => {
      if (deps.faults.dice.roll('look-up-down')) {
        return sendRefusal(reply, { status: 500, text: 'Internal server error' });
      }
      const query = readQuery(deps, caller, request);
      return 'refusal' in query
        ? sendRefusal(reply, { status: 400, text: query.refusal })
        : reply.send(await balanceOf(deps, query));
    }),
  );
  app.get(
    '/balance-allowance/update',
    forCallers(deps, async (caller, request, reply) => {
      const query = readQuery(deps, caller, request);
      if ('refusal' in query) return sendRefusal(reply, { status: 400, text: query.refusal });
      await refresh(deps, query);
      return reply.send();
    }),
  );
}

function readQuery(
  deps: PrivateRouteDeps,
  caller: Caller,
  request: FastifyRequest,
): BalanceQuery | { readonly refusal: string } {
  const assetType = queryField(request, 'asset_type');
  const signatureType = queryField(request, 'signature_type') || '0';
  const accounts = deps.accounts.listOfOwner(caller.address);
  const account = accounts.find((each) => String(each.signatureType) === signatureType);
  if (assetType === 'COLLATERAL') return { kind: 'collateral', account };
  if (assetType !== 'CONDITIONAL') return { refusal: 'Invalid asset type' };
  const tokenId = queryField(request, 'token_id');
  if (!/^\d{1,78}$/.test(tokenId)) return { refusal: 'assetId invalid value -1' };
  const traded = deps.markets.ofToken(tokenId);
  return traded === undefined ? { refusal: 'Invalid token id' } : { kind: 'token', account, traded, tokenId };
}

async function balanceOf(deps: PrivateRouteDeps, query: BalanceQuery): Promise<unknown> {
  const { account } = query;
  if (account === undefined) return { balance: '0', allowances: { [EXCHANGE_ADDRESS]: '0' } };
  if (query.kind === 'collateral') {
    await deps.readings?.ensure(STANDARD_MARKET, account.wallet, COLLATERAL);
    const { balanceMicros, allowanceMicros } = deps.cash.balanceAt(account, deps.nowMs());
    return { balance: String(balanceMicros), allowances: { [EXCHANGE_ADDRESS]: String(allowanceMicros) } };
  }
  const { market } = query.traded.playing;
  await deps.readings?.ensure(market, account.wallet, query.tokenId);
  await deps.catchUp(query.traded);
  const { balanceMicros, approved } = query.traded.engine.balanceAt(account.wallet, query.tokenId, deps.nowMs());
  // The empty balance of another wallet names no spender.
  const allowances = approved === null ? {} : { [exchangeOf(market)]: approved ? String(UNLIMITED_MICROS) : '0' };
  return { balance: String(balanceMicros), allowances };
}

async function refresh(deps: PrivateRouteDeps, query: BalanceQuery): Promise<void> {
  const { account } = query;
  if (account === undefined) return;
  if (query.kind === 'collateral') {
    await deps.readings?.refresh(STANDARD_MARKET, account.wallet, COLLATERAL);
    return;
  }
  await deps.readings?.refresh(query.traded.playing.market, account.wallet, query.tokenId);
  query.traded.engine.refreshBalance(account.wallet, query.tokenId, deps.nowMs());
}
