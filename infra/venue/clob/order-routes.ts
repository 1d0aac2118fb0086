import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TradedMarket } from '#infra/venue/trading/traded-markets.ts';
import type { VenueRefusal } from '#lib/venue/engine/check-order.ts';
import type { SwitchedFaults } from '#lib/venue/engine/switchable-conditions.ts';
import { drawDeparture, drawInterception, drawSlownessMs, type Interception } from '#lib/venue/faults/request-fate.ts';
import { toPostAnswer } from './order-wire.ts';
import { type PlacedResult, placeOrder } from './place-order.ts';
import { forCallers, type PrivateRouteDeps, readJson, sendRefusal } from './private-requests.ts';
import type { Caller } from './request-auth.ts';
import { type PostedOrder, readPostedOrder } from './signed-order.ts';

const BATCH_COUNT_MAX = 15;

/** The late request arrives after that even if the client keeps its connection open. */
const GIVES_UP_AFTER_MS = 30_000;

/** An order with the market it is for, or the refusal of one that names none. */
type Incoming = { readonly traded: TradedMarket; readonly posted: PostedOrder } | { readonly refusal: VenueRefusal };

/** Routes that place orders, with the faults of their requests. */
export function registerOrderRoutes(app: FastifyInstance, deps: PrivateRouteDeps): void {
  app.post(
    '/order',
    forCallers(deps, async (caller, request, reply) => {
      const incoming = readOrder(deps, readJson(request));
      if ('refusal' in incoming) return sendRefusal(reply, incoming.refusal);
      const { traded, posted } = incoming;
      return carry(deps, traded, request, reply, async () => {
        const result = await placeOrder(deps, caller, traded, posted);
        return () => ('status' in result ? sendRefusal(reply, result) : reply.send(answerOf(deps, traded, result)));
      });
    }),
  );

  app.post(
    '/orders',
    forCallers(deps, async (caller, request, reply) => {
      const bodies = readJson(request);
      if (!Array.isArray(bodies) || bodies.length === 0 || bodies.length > BATCH_COUNT_MAX) {
        return sendRefusal(reply, { status: 400, text: 'Invalid order payload' });
      }
      const batch = bodies.map((body) => readOrder(deps, body));
      const first = batch.find((incoming) => 'traded' in incoming);
      const faults = first ?? { traded: deps.faults };
      return carry(deps, faults.traded, request, reply, async () => {
        const answers = await Promise.all(batch.map((incoming) => placeInBatch(deps, caller, incoming)));
        return () => reply.send(answers);
      });
    }),
  );
}

function readOrder(deps: PrivateRouteDeps, body: unknown): Incoming {
  const posted = readPostedOrder(body);
  if ('refusal' in posted) return { refusal: { status: 400, text: posted.refusal } };
  const traded = deps.markets.ofToken(posted.order.tokenId);
  return traded === undefined ? { refusal: { status: 400, text: 'Invalid token id' } } : { traded, posted };
}

/** In a batch a refusal is a success without an order id (venue §2.6). */
async function placeInBatch(deps: PrivateRouteDeps, caller: Caller, incoming: Incoming): Promise<unknown> {
  const result =
    'refusal' in incoming ? incoming.refusal : await placeOrder(deps, caller, incoming.traded, incoming.posted);
  if (!('status' in result)) return 'traded' in incoming ? answerOf(deps, incoming.traded, result) : undefined;
  const amounts = { makingAmount: '', takingAmount: '', tradeIDs: [], transactionsHashes: [] };
  return { success: true, errorMsg: result.text, orderID: '', status: '', ...amounts };
}

function answerOf(deps: PrivateRouteDeps, traded: TradedMarket, result: Exclude<PlacedResult, VenueRefusal>): unknown {
  const { order, wasHeld } = result;
  const isWrongPrice = order.filledMicros > 0n && traded.dice.roll('wrong-price');
  return toPostAnswer(traded, order, { wasHeld, isWrongPrice, lateFillStatus: deps.settings().lateFillStatus });
}

type Place = () => Promise<() => FastifyReply>;

/** Carries one request to place something and its answer back, with the faults of the request (`request-fate.ts`). */
async function carry(
  deps: PrivateRouteDeps,
  { dice }: Pick<SwitchedFaults, 'dice'>,
  request: FastifyRequest,
  reply: FastifyReply,
  place: Place,
): Promise<FastifyReply> {
  const departure = drawDeparture(dice);
  if (departure === 'lost') return loseReply(dice, 'reply-lost-before', reply);
  if (departure !== 'arrives') {
    placeLate(deps, request, departure.lateMs, place);
    return reply.hijack();
  }
  const intercepted = drawInterception(dice);
  if (intercepted !== null) {
    if (intercepted.isPlaced) await place();
    return sendInterception(deps, reply, intercepted);
  }
  const answer = await place();
  if (dice.roll('reply-lost-after')) return loseReply(dice, 'reply-lost-after', reply);
  const slownessMs = drawSlownessMs(dice);
  if (slownessMs > 0) await deps.sleepUntil(deps.nowMs() + slownessMs);
  return answer();
}

function sendInterception(
  { apiKeys, nowMs }: PrivateRouteDeps,
  reply: FastifyReply,
  { refusal, retryAfterMs, waitForm = 'header' }: Interception,
): FastifyReply {
  if (refusal.status === 401) apiKeys.lapse();
  if (retryAfterMs === null) return sendRefusal(reply, refusal);
  const seconds = retryAfterMs / 1_000;
  if (waitForm === 'header') reply.header('retry-after', String(seconds));
  if (waitForm === 'date') reply.header('retry-after', new Date(nowMs() + retryAfterMs).toUTCString());
  if (waitForm === 'reset') reply.header('x-ratelimit-reset-after', String(seconds));
  if (waitForm !== 'body') return sendRefusal(reply, refusal);
  return reply.code(refusal.status).send({ error: refusal.text, retry_after: seconds });
}

/** Sends no answer until the client gives up, or (value 1) breaks the connection. */
function loseReply(dice: SwitchedFaults['dice'], kind: 'reply-lost-before' | 'reply-lost-after', reply: FastifyReply) {
  reply.hijack();
  if (dice.between(kind, 0, 0) === 1) reply.raw.destroy();
  return reply;
}

/** The request arrives `delayMs` after its client gave up. */
function placeLate(deps: PrivateRouteDeps, request: FastifyRequest, delayMs: number, place: Place): void {
  const gaveUp = new Promise<void>((resolve) => {
    request.raw.socket.once('close', resolve);
    setTimeout(resolve, GIVES_UP_AFTER_MS).unref();
  });
  const arrival = gaveUp.then(() => deps.sleepUntil(deps.nowMs() + delayMs)).then(place);
  // The client is gone, so nothing awaits the result.
  arrival.catch(() => undefined);
}
