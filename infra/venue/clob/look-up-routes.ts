import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toWireOrder, toWireTrade, type WireTrade } from './order-wire.ts';
import { forCallers, ordersOf, type PrivateRouteDeps, queryField, sendRefusal } from './private-requests.ts';
import type { Caller } from './request-auth.ts';
import { pageOf } from './wire-pages.ts';

/** The caller's orders and trades. Both appear late while `look-up-behind` is on. */
export function registerLookUpRoutes(app: FastifyInstance, deps: PrivateRouteDeps): void {
  type LookUp = (caller: Caller, request: FastifyRequest, reply: FastifyReply) => unknown;
  const lookUp = (answer: LookUp) =>
    forCallers(deps, (caller, request, reply) => {
      if (!deps.faults.dice.roll('look-up-down')) return answer(caller, request, reply);
      if (deps.faults.dice.between('look-up-down', 0, 0) === 1) return reply.hijack();
      return sendRefusal(reply, { status: 500, text: 'Internal server error' });
    });
  const sendPage = (reply: FastifyReply, request: FastifyRequest, items: readonly unknown[]) => {
    const page = pageOf(items, queryField(request, 'next_cursor'), deps.settings().pageSize);
    return page === undefined ? sendRefusal(reply, { status: 400, text: 'invalid next_cursor' }) : reply.send(page);
  };

  app.get<{ Params: { id: string } }>(
    '/data/order/:id',
    lookUp((caller, request, reply) => {
      const id = request.url.split('?')[0]?.split('/').at(-1) ?? '';
      const order = wireOrdersOf(deps, caller, deps.settings().finishedOrders).find((each) => each.id === id);
      return order === undefined ? sendRefusal(reply, { status: 404, text: 'Order not found' }) : reply.send(order);
    }),
  );
  app.get(
    '/data/orders',
    lookUp((caller, request, reply) => {
      const matches = fieldFilter(request, ['id', 'market', 'asset_id']);
      return sendPage(
        reply,
        request,
        wireOrdersOf(deps, caller, false).filter((order) => matches(order)),
      );
    }),
  );
  app.get(
    '/data/trades',
    lookUp((caller, request, reply) => {
      const matches = tradeFilter(request);
      return sendPage(reply, request, wireTradesOf(deps, caller).filter(matches));
    }),
  );
}

function wireOrdersOf(deps: PrivateRouteDeps, caller: Caller, withFinished: boolean) {
  const atMs = deps.nowMs();
  const ownerKey = deps.apiKeys.ownerKey(caller.address);
  return ordersOf(deps, caller)
    .filter(({ traded, order }) => order.receivedAtMs <= atMs - traded.conditions.lookUpLagMs)
    .filter(({ order }) => withFinished || order.status === 'held' || order.status === 'live')
    .map(({ traded, order }) => toWireOrder({ traded, ownerKey, settings: deps.settings(), atMs }, order));
}

/** Newest first. */
function wireTradesOf(deps: PrivateRouteDeps, caller: Caller): readonly WireTrade[] {
  const atMs = deps.nowMs();
  const wallets = new Set(deps.accounts.listOfOwner(caller.address).map(({ wallet }) => wallet));
  const ownerKey = deps.apiKeys.ownerKey(caller.address);
  const seen = deps.markets.list().flatMap((traded) => {
    traded.engine.advanceTo(atMs);
    const visibleUntilMs = atMs - traded.conditions.lookUpLagMs;
    return traded.engine.ledger.trades
      .filter(({ wallet, matchedAtMs }) => wallets.has(wallet) && matchedAtMs <= visibleUntilMs)
      .map((trade) => ({ traded, trade }));
  });
  return seen
    .sort((a, b) => b.trade.matchedAtMs - a.trade.matchedAtMs)
    .map(({ traded, trade }) => toWireTrade({ traded, ownerKey, settings: deps.settings(), atMs }, trade));
}

function fieldFilter<Name extends string>(request: FastifyRequest, names: readonly Name[]) {
  return (item: Readonly<Record<Name, unknown>>): boolean =>
    names.every((name) => ['', item[name]].includes(queryField(request, name)));
}

function tradeFilter(request: FastifyRequest): (trade: WireTrade) => boolean {
  const matches = fieldFilter(request, ['id', 'market', 'asset_id']);
  const wallet = queryField(request, 'maker_address').toLowerCase();
  const before = Number(queryField(request, 'before') || Number.POSITIVE_INFINITY);
  const after = Number(queryField(request, 'after') || Number.NEGATIVE_INFINITY);
  return (trade) => {
    const matchedAt = Number(trade.match_time);
    const wallets = [trade.maker_address, ...trade.maker_orders.map((order) => order.maker_address)];
    const isOfWallet = wallet === '' || wallets.some((each) => each.toLowerCase() === wallet);
    return matches(trade) && isOfWallet && matchedAt < before && matchedAt > after;
  };
}
