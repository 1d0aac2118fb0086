import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Desk } from '#infra/venue/trading/venue-desks.ts';
import type { SwitchedFaults } from '#lib/venue/engine/switchable-conditions.ts';
import type { VenueRefusal } from '#lib/venue/engine/venue-door.ts';
import { drawDeparture, drawInterception, drawSlownessMs, type Interception } from '#lib/venue/faults/request-fate.ts';
import { toPostAnswer } from './order-wire.ts';
import { type PlacedResult, placeOrder } from './place-order.ts';
import { forCallers, type PrivateDeps, readJson, sendRefusal } from './private-deps.ts';
import type { Caller } from './request-auth.ts';
import { type PostedOrder, readPostedOrder } from './signed-order.ts';

const BATCH_COUNT_MAX = 15;

/** The late request arrives after that even if the client keeps its connection open. */
const GIVES_UP_AFTER_MS = 30_000;

/** An order with the market it is for, or the refusal of one that names none. */
type Incoming = { readonly desk: Desk; readonly posted: PostedOrder } | { readonly refusal: VenueRefusal };

/** Routes that place orders, with the faults of their requests. */
export function registerOrderRoutes(app: FastifyInstance, deps: PrivateDeps): void {
  app.post(
    '/order',
    forCallers(deps, async (caller, request, reply) => {
      const incoming = readOrder(deps, readJson(request));
      if ('refusal' in incoming) return sendRefusal(reply, incoming.refusal);
      const { desk, posted } = incoming;
      return carry(deps, desk, request, reply, async () => {
        const result = await placeOrder(deps, caller, desk, posted);
        return () => ('status' in result ? sendRefusal(reply, result) : reply.send(answerOf(deps, desk, result)));
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
      const first = batch.find((incoming) => 'desk' in incoming);
      const faults = first ?? { desk: deps.faults };
      return carry(deps, faults.desk, request, reply, async () => {
        const answers = await Promise.all(batch.map((incoming) => placeInBatch(deps, caller, incoming)));
        return () => reply.send(answers);
      });
    }),
  );
}

function readOrder(deps: PrivateDeps, body: unknown): Incoming {
  const posted = readPostedOrder(body);
  if ('refusal' in posted) return { refusal: { status: 400, text: posted.refusal } };
  const desk = deps.desks.ofToken(posted.order.tokenId);
  return desk === undefined ? { refusal: { status: 400, text: 'Invalid token id' } } : { desk, posted };
}

/** In a batch a refusal is a success without an order id (venue §2.6). */
async function placeInBatch(deps: PrivateDeps, caller: Caller, incoming: Incoming): Promise<unknown> {
  const result =
    'refusal' in incoming ? incoming.refusal : await placeOrder(deps, caller, incoming.desk, incoming.posted);
  if (!('status' in result)) return 'desk' in incoming ? answerOf(deps, incoming.desk, result) : undefined;
  const amounts = { makingAmount: '', takingAmount: '', tradeIDs: [], transactionsHashes: [] };
  return { success: true, errorMsg: result.text, orderID: '', status: '', ...amounts };
}

function answerOf(deps: PrivateDeps, desk: Desk, result: Exclude<PlacedResult, VenueRefusal>): unknown {
  const { order, wasHeld } = result;
  const isWrongPrice = order.filledMicros > 0n && desk.dice.roll('wrong-price');
  return toPostAnswer(desk, order, { wasHeld, isWrongPrice, lateFillStatus: deps.settings().lateFillStatus });
}

type Place = () => Promise<() => FastifyReply>;

/** Carries one request to place something and its answer back, with the faults of the request (`request-fate.ts`). */
async function carry(
  deps: PrivateDeps,
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
    return sendInterception(reply, intercepted);
  }
  const answer = await place();
  if (dice.roll('reply-lost-after')) return loseReply(dice, 'reply-lost-after', reply);
  const slownessMs = drawSlownessMs(dice);
  if (slownessMs > 0) await deps.sleepUntil(deps.nowMs() + slownessMs);
  return answer();
}

function sendInterception(reply: FastifyReply, { refusal, retryAfterMs }: Interception): FastifyReply {
  if (retryAfterMs !== null) reply.header('retry-after', String(retryAfterMs / 1_000));
  if (!refusal.text.startsWith('<html>')) return sendRefusal(reply, refusal);
  return reply.code(refusal.status).type('text/html').send(refusal.text);
}

/** Sends no answer until the client gives up, or (value 1) breaks the connection. */
function loseReply(dice: SwitchedFaults['dice'], kind: 'reply-lost-before' | 'reply-lost-after', reply: FastifyReply) {
  reply.hijack();
  if (dice.between(kind, 0, 0) === 1) reply.raw.destroy();
  return reply;
}

/** The request arrives `delayMs` after its client gave up. */
function placeLate(deps: PrivateDeps, request: FastifyRequest, delayMs: number, place: Place): void {
  const gaveUp = new Promise<void>((resolve) => {
    request.raw.socket.once('close', resolve);
    setTimeout(resolve, GIVES_UP_AFTER_MS).unref();
  });
  const arrival = gaveUp.then(() => deps.sleepUntil(deps.nowMs() + delayMs)).then(place);
  // The client is gone, so nothing awaits the result.
  arrival.catch(() => undefined);
}
