import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Desk } from '#infra/venue/trading/venue-desks.ts';
import type { SwitchedFaults } from '#lib/venue/engine/switchable-conditions.ts';
import type { VenueRefusal } from '#lib/venue/engine/venue-door.ts';
import { toPostAnswer } from './order-wire.ts';
import { type PlacedResult, placeOrder } from './place-order.ts';
import { forCallers, type PrivateDeps, readJson, sendRefusal } from './private-deps.ts';
import type { Caller } from './request-auth.ts';
import { type PostedOrder, readPostedOrder } from './signed-order.ts';

const BATCH_COUNT_MAX = 15;

/** A client that never gives up would never let the late request arrive. */
const GIVES_UP_AFTER_MS = 30_000;

/** Answers that say nothing about the order, which may have been placed or not. */
const SILENT_FAULTS = [
  { kind: 'internal-error', status: 500, text: 'could not insert order' },
  { kind: 'context-canceled', status: 400, text: 'rpc error: context canceled' },
  { kind: 'html-answer', status: 502, text: '<html><head><title>502 Bad Gateway</title></head></html>' },
] as const;

/** An order that reached a desk, or why it did not. */
type Incoming = { readonly desk: Desk; readonly posted: PostedOrder } | { readonly refusal: VenueRefusal };

/** Placing orders, with everything that can happen to a request on its way there and back. */
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

/** One request to place something, and what the conditions do to it: the same story as in the simulator's world. */
async function carry(
  deps: PrivateDeps,
  { dice }: Pick<SwitchedFaults, 'dice'>,
  request: FastifyRequest,
  reply: FastifyReply,
  place: Place,
): Promise<FastifyReply> {
  if (dice.roll('reply-lost-before')) return loseReply(dice, 'reply-lost-before', reply);
  if (dice.roll('late-arrival')) {
    placeLate(deps, request, dice.between('late-arrival', 500, 12_000), place);
    return reply.hijack();
  }
  const early = refusalBeforeEngine(dice, reply);
  if (early !== null) return early;
  const silent = SILENT_FAULTS.find(({ kind }) => dice.roll(kind));
  if (silent !== undefined) {
    if (dice.between(silent.kind, 0, 1) === 1) await place();
    if (silent.kind !== 'html-answer') return sendRefusal(reply, silent);
    return reply.code(silent.status).type('text/html').send(silent.text);
  }
  const answer = await place();
  if (dice.roll('reply-lost-after')) return loseReply(dice, 'reply-lost-after', reply);
  if (dice.roll('slow-answer')) await deps.sleepUntil(deps.nowMs() + dice.between('slow-answer', 1_000, 10_000));
  return answer();
}

/** No answer until the client gives up, or (value 1) a connection that breaks. */
function loseReply(dice: SwitchedFaults['dice'], kind: 'reply-lost-before' | 'reply-lost-after', reply: FastifyReply) {
  reply.hijack();
  if (dice.between(kind, 0, 0) === 1) reply.raw.destroy();
  return reply;
}

/** The request is under way somewhere while its client gives up, and arrives `delayMs` after that. */
function placeLate(deps: PrivateDeps, request: FastifyRequest, delayMs: number, place: Place): void {
  const gaveUp = new Promise<void>((resolve) => {
    request.raw.socket.once('close', resolve);
    setTimeout(resolve, GIVES_UP_AFTER_MS).unref();
  });
  const arrival = gaveUp.then(() => deps.sleepUntil(deps.nowMs() + delayMs)).then(place);
  // Nobody waits for what becomes of it.
  arrival.catch(() => undefined);
}

function refusalBeforeEngine(dice: SwitchedFaults['dice'], reply: FastifyReply): FastifyReply | null {
  if (dice.roll('rate-limited')) {
    const seconds = Math.ceil(dice.between('rate-limited', 1_000, 10_000) / 1_000);
    return sendRefusal(reply.header('retry-after', String(seconds)), { status: 429, text: 'Too Many Requests' });
  }
  if (dice.roll('unknown-refusal')) {
    return sendRefusal(reply, { status: 400, text: 'the moon is in the wrong phase' });
  }
  const blocked = { status: 400, text: "'0x0000000000000000000000000000000000000000' address in closed only mode" };
  return dice.roll('account-blocked') ? sendRefusal(reply, blocked) : null;
}
