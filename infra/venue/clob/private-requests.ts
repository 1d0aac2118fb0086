import type { FastifyReply, FastifyRequest } from 'fastify';
import type { VenueSettings } from '#infra/shared/local-venue.ts';
import type { TradedMarket, TradedMarkets } from '#infra/venue/trading/traded-markets.ts';
import type { VenueCash } from '#infra/venue/trading/venue-cash.ts';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import type { VenueRefusal } from '#lib/venue/engine/check-order.ts';
import type { SwitchedFaults } from '#lib/venue/engine/switchable-conditions.ts';
import type { VenueOrder } from '#lib/venue/engine/venue-ledger.ts';
import type { PlaceOrderDeps } from './place-order.ts';
import { type AuthDeps, type Caller, checkSecondLevel } from './request-auth.ts';

/** Needed by the authenticated part of the CLOB. */
export type PrivateRouteDeps = AuthDeps &
  PlaceOrderDeps & {
    readonly markets: TradedMarkets;
    readonly cash: VenueCash;
    /** For requests that belong to no market. */
    readonly faults: SwitchedFaults;
    settings(): VenueSettings;
  };

type CallerHandler = (caller: Caller, request: FastifyRequest, reply: FastifyReply) => unknown;

/** Answers 401 to requests without a valid second-level signature. */
export function forCallers(deps: AuthDeps, handle: CallerHandler) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const caller = checkSecondLevel(deps, request);
    if (caller === undefined) return reply.code(401).send({ error: 'Unauthorized/Invalid api key' });
    return handle(caller, request, reply);
  };
}

export function sendRefusal(reply: FastifyReply, { status, text }: VenueRefusal): FastifyReply {
  if (/^<(!doctype )?html/i.test(text)) return reply.code(status).type('text/html').send(text);
  const isPostOnly = status === 503 && text.startsWith('post-only mode');
  return reply.code(status).send({ error: text, ...(isPostOnly && { retry_after_seconds: 5 }) });
}

/** Bodies arrive as text, because the signature covers it. Undefined when the text is not JSON. */
export function readJson(request: FastifyRequest): unknown {
  return typeof request.body === 'string' ? jsonOrUndefined(request.body) : undefined;
}

/** Empty when the field is missing; the first value when it is repeated. */
export function queryField(request: FastifyRequest, name: string): string {
  const query = request.query;
  if (typeof query !== 'object' || query === null) return '';
  const value: unknown = Object.entries(query).find(([key]) => key === name)?.[1];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : '';
}

export type OwnOrder = { readonly traded: TradedMarket; readonly order: VenueOrder };

/** All orders of the caller's wallets, finished ones included. */
export function ordersOf({ markets, accounts, nowMs }: PrivateRouteDeps, caller: Caller): readonly OwnOrder[] {
  const wallets = new Set(accounts.listOfOwner(caller.address).map(({ wallet }) => wallet));
  return markets.list().flatMap((traded) => {
    traded.engine.advanceTo(nowMs());
    const orders = [...traded.engine.ledger.orders.values()].filter(({ wallet }) => wallets.has(wallet));
    return orders.map((order) => ({ traded, order }));
  });
}
