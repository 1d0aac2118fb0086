import type { FastifyInstance, FastifyRequest } from 'fastify';
import { COLLATERAL } from '#infra/venue/trading/chain-readings.ts';
import type { TradedMarket } from '#infra/venue/trading/traded-markets.ts';
import type { VenueAccount } from '#infra/venue/trading/venue-accounts.ts';
import { UNLIMITED_MICROS } from '#infra/venue/trading/venue-cash.ts';
import { exchangeOf } from '#lib/adapters/polygon/polygon-contracts.ts';
import { MARKET_VERSIONS, type MarketVersion } from '#lib/domain/market/market.ts';
import { forCallers, type PrivateRouteDeps, queryField, sendRefusal } from './private-requests.ts';
import type { Caller } from './request-auth.ts';

type BalanceQuery =
  | { readonly kind: 'collateral'; readonly account: VenueAccount | undefined }
  | {
      readonly kind: 'token';
      readonly account: VenueAccount | undefined;
      readonly traded: TradedMarket;
      readonly tokenId: string;
      /** The request asks for the balance of the token's own version. */
      readonly isOwnVersion: boolean;
    };

/** One market of each exchange: a reading of cash names the allowance of all of them. */
const MARKETS_OF_EXCHANGES = [
  { version: 'v1', negRisk: false },
  { version: 'v1', negRisk: true },
  { version: 'v2', negRisk: false },
] as const;

/** Shares of the two market versions are balances of their own: of the other version's token there are none. */
const ASSET_TYPES = { v1: 'CONDITIONAL', v2: 'CONDITIONAL-V2' } as const satisfies Record<MarketVersion, string>;

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
  const version = MARKET_VERSIONS.find((each) => ASSET_TYPES[each] === assetType);
  if (version === undefined) return { refusal: 'Invalid asset type' };
  const tokenId = queryField(request, 'token_id');
  if (!/^\d{1,78}$/.test(tokenId)) return { refusal: 'assetId invalid value -1' };
  const traded = deps.markets.ofToken(tokenId);
  if (traded === undefined) return { refusal: 'Invalid token id' };
  const isOwnVersion = traded.playing.market.version === version;
  return { kind: 'token', account, traded, tokenId, isOwnVersion };
}

async function balanceOf(deps: PrivateRouteDeps, query: BalanceQuery): Promise<unknown> {
  const { account } = query;
  if (account === undefined) return { balance: '0', allowances: allowancesOf(() => 0n) };
  if (query.kind === 'collateral') {
    for (const each of MARKETS_OF_EXCHANGES) await deps.readings?.ensure(each, account.wallet, COLLATERAL);
    const allowances = allowancesOf((each) => deps.cash.allowance(account, each));
    return { balance: String(deps.cash.balanceAt(account, deps.nowMs())), allowances };
  }
  if (!query.isOwnVersion) return { balance: '0', allowances: allowancesOf(() => 0n) };
  const { market } = query.traded.playing;
  await deps.readings?.ensure(market, account.wallet, query.tokenId);
  await deps.catchUp(query.traded);
  const { balanceMicros, approved } = query.traded.engine.balanceAt(account.wallet, query.tokenId, deps.nowMs());
  // The empty balance of another wallet names no spender.
  const allowances = approved === null ? {} : { [exchangeOf(market)]: approved ? String(UNLIMITED_MICROS) : '0' };
  return { balance: String(balanceMicros), allowances };
}

type MarketOfExchange = (typeof MARKETS_OF_EXCHANGES)[number];

function allowancesOf(micros: (market: MarketOfExchange) => bigint): Record<string, string> {
  return Object.fromEntries(MARKETS_OF_EXCHANGES.map((each) => [exchangeOf(each), String(micros(each))]));
}

async function refresh(deps: PrivateRouteDeps, query: BalanceQuery): Promise<void> {
  const { account } = query;
  if (account === undefined) return;
  if (query.kind === 'collateral') {
    for (const each of MARKETS_OF_EXCHANGES) await deps.readings?.refresh(each, account.wallet, COLLATERAL);
    return;
  }
  if (!query.isOwnVersion) return;
  await deps.readings?.refresh(query.traded.playing.market, account.wallet, query.tokenId);
  query.traded.engine.refreshBalance(account.wallet, query.tokenId, deps.nowMs());
}
