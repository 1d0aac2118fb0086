import type { FastifyInstance, FastifyReply } from 'fastify';
import * as z from 'zod';
import { clobConditionId } from '#lib/venue/books/market-version.ts';
import { cancelOrder } from '#lib/venue/engine/cancel-order.ts';
import {
  forCallers,
  type OwnOrder,
  ordersOf,
  type PrivateRouteDeps,
  readJson,
  sendRefusal,
} from './private-requests.ts';
import type { Caller } from './request-auth.ts';

const OrderIdSchema = z.object({ orderID: z.string().max(100) });
const OrderIdsSchema = z.array(z.string().max(100)).max(3_000);
const MarketSchema = z.object({ market: z.string().max(100).optional(), asset_id: z.string().max(100).optional() });

const NOT_CANCELLED = "order can't be found - already canceled or matched";

/** Cancels are accepted in cancel-only mode, and refused while the engine restarts or trading is disabled. */
export function registerCancelRoutes(app: FastifyInstance, deps: PrivateRouteDeps): void {
  const cancel = (caller: Caller, reply: FastifyReply, orderHashes: readonly string[]) =>
    reply.send(cancelAll(deps, caller, orderHashes));
  const restingHashes = (caller: Caller, fits: (own: OwnOrder) => boolean): readonly string[] =>
    ordersOf(deps, caller)
      .filter((own) => own.order.orderType === 'GTC' && own.order.status === 'live' && fits(own))
      .map(({ order }) => order.orderHash);
  const route = (path: string, handle: (caller: Caller, body: unknown, reply: FastifyReply) => unknown): void => {
    app.delete(
      path,
      forCallers(deps, (caller, request, reply) => {
        const atMs = deps.nowMs();
        const { conditions } = deps.faults;
        if (conditions.isOn('engine-restart', atMs)) {
          return sendRefusal(reply, { status: 425, text: 'The matching engine is restarting' });
        }
        if (conditions.isOn('trading-disabled', atMs)) {
          return sendRefusal(reply, { status: 503, text: 'Trading is currently disabled. Please try again later' });
        }
        return handle(caller, readJson(request), reply);
      }),
    );
  };
  const invalid = (reply: FastifyReply) => sendRefusal(reply, { status: 400, text: 'Invalid order payload' });

  route('/order', (caller, body, reply) => {
    const { data } = OrderIdSchema.safeParse(body);
    return data === undefined ? invalid(reply) : cancel(caller, reply, [data.orderID]);
  });
  route('/orders', (caller, body, reply) => {
    const { data } = OrderIdsSchema.safeParse(body);
    return data === undefined ? invalid(reply) : cancel(caller, reply, data);
  });
  route('/cancel-all', (caller, _body, reply) =>
    cancel(
      caller,
      reply,
      restingHashes(caller, () => true),
    ),
  );
  route('/cancel-market-orders', (caller, body, reply) => {
    const { data } = MarketSchema.safeParse(body);
    if (data === undefined) return invalid(reply);
    const { market, asset_id } = data;
    const matches = ({ traded, order }: OwnOrder): boolean =>
      (market === undefined || market === clobConditionId(traded.playing.market)) &&
      (asset_id === undefined || asset_id === order.tokenId);
    return cancel(caller, reply, restingHashes(caller, matches));
  });
}

function cancelAll(deps: PrivateRouteDeps, caller: Caller, orderHashes: readonly string[]): unknown {
  const own = new Map(ordersOf(deps, caller).map(({ traded, order }) => [order.orderHash, traded]));
  const canceled: string[] = [];
  const refused: Record<string, string> = {};
  for (const orderHash of orderHashes) {
    const traded = own.get(orderHash);
    if (traded !== undefined && cancelOrder(traded.engine, orderHash, deps.nowMs())) canceled.push(orderHash);
    else refused[orderHash] = NOT_CANCELLED;
  }
  return { canceled, not_canceled: refused };
}
