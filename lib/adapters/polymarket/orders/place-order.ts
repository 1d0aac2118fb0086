import { orderToJsonV2, OrderType as VenueOrderType } from '@polymarket/clob-client-v2';
import type { HttpOutcome } from '#lib/adapters/http/send-request.ts';
import type { ClobAccess, ClobSession } from '#lib/adapters/polymarket/clob-access.ts';
import { raceDeadline } from '#lib/adapters/polymarket/race-deadline.ts';
import type { OrderTerms, OrderType } from '#lib/domain/market/order.ts';
import type { OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type { PositionTerms } from '#lib/domain/position/position.ts';
import { classifyVenueError } from '#lib/domain/refusal/venue-error-text.ts';
import { InvariantError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { IdSource } from '#lib/ports/id-source.ts';
import type { OrderReply } from '#lib/ports/venue/exchange.ts';
import type { SignatureType } from '#lib/ports/venue/venue-account.ts';
import type { SigningAccount } from '#lib/ports/wallet/signing-account.ts';
import { type BuiltOrder, buildOrder, type OrderFields, type SignedVenueOrder } from './build-order.ts';
import { toOrderReply } from './to-order-reply.ts';

export type PlaceOrderDeps = {
  readonly access: ClobAccess;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ids: Pick<IdSource, 'nextSalt'>;
  readonly signatureType: SignatureType;
  /** Prepared orders that wait for their post: built and signed before they are due. */
  readonly prepared: Map<string, PreparedOrder>;
};

export type PreparedOrder = {
  readonly wallet: string;
  readonly fields: OrderFields;
  readonly signing: Promise<SignedVenueOrder>;
};

const OPEN_DEADLINE_MS = 5_000;
/** More than one process prepares before it posts. Further orders are signed at the post. */
const PREPARED_COUNT_MAX = 100;

const VENUE_ORDER_TYPES = {
  FAK: VenueOrderType.FAK,
  FOK: VenueOrderType.FOK,
  GTC: VenueOrderType.GTC,
} as const satisfies Record<OrderType, VenueOrderType>;

/**
 * Computes the order's hash. Meanwhile the order is signed, in memory only: the hash does not depend on the signature.
 */
export async function prepareLiveOrder(
  deps: PlaceOrderDeps,
  position: PositionTerms,
  order: OrderTerms,
  attemptNumber: number,
): Promise<OrderIntent> {
  const { side, orderType, tokenId, negRisk, marketVersion, sharesMicros, limitPriceMicros } = order;
  const [{ account }] = await Promise.all([
    deps.access.open(deps.clock.nowMs() + OPEN_DEADLINE_MS),
    deps.access.warmUp(),
  ]);
  const terms = { side, orderType, tokenId, negRisk, marketVersion, sharesMicros, limitPriceMicros };
  const fields = { ...terms, salt: deps.ids.nextSalt(), timestampMs: deps.clock.nowMs() };
  const built = await buildOrder(makerOf(deps, position, account), fields);
  keepPrepared(deps, built.orderHash, { wallet: position.wallet, fields, signing: sign(built, account) });
  return { ...fields, attemptNumber, orderHash: built.orderHash };
}

function keepPrepared({ prepared }: PlaceOrderDeps, orderHash: string, order: PreparedOrder): void {
  const [oldest] = prepared.keys();
  if (oldest !== undefined && prepared.size >= PREPARED_COUNT_MAX) prepared.delete(oldest);
  // If signing fails now, the order is signed at the post.
  order.signing.catch(() => prepared.delete(orderHash));
  prepared.set(orderHash, order);
}

async function sign(built: BuiltOrder, account: SigningAccount): Promise<SignedVenueOrder> {
  return built.withSignature(await account.signDigest(built.digest));
}

function makerOf({ signatureType }: PlaceOrderDeps, { wallet }: PositionTerms, account: SigningAccount) {
  return { address: wallet, signatureType, signerAddress: account.address };
}

/** A failure before the request leaves is `not-sent`: no order can exist. */
export async function postLiveOrder(
  deps: PlaceOrderDeps,
  position: PositionTerms,
  intent: OrderIntent,
  deadlineAtMs: number,
): Promise<OrderReply> {
  let ready: { readonly session: ClobSession; readonly order: SignedVenueOrder } | undefined;
  try {
    const made = await raceDeadline(deps.clock, makeReady(deps, position, intent, deadlineAtMs), deadlineAtMs);
    if (made.isLate) return notSent('the order could not be signed in time');
    ready = made.value;
  } catch (error) {
    if (error instanceof InvariantError) throw error;
    return notSent('the key or the credentials could not be used');
  }
  // An order with another hash than the saved one could not be looked up, so it is not posted.
  if (ready === undefined) {
    return {
      outcome: 'refused',
      code: 'invalid-order',
      text: 'not posted: the saved order has another hash',
    };
  }
  const { session, order } = ready;
  const type = VENUE_ORDER_TYPES[intent.orderType];
  const isPostOnly = intent.orderType === 'GTC';
  const { outcome, redact } = await deps.access.send(session, {
    method: 'POST',
    path: '/order',
    bodyOf: ({ credentials }) => JSON.stringify(orderToJsonV2(order, credentials.key, type, isPostOnly)),
    isUnauthorised,
    deadlineAtMs,
  });
  const nowMs = deps.clock.nowMs();
  const secretly = (text: string) => redact(text).split(order.signature).join('…');
  return toOrderReply(outcome, { intent, feeRateMicros: position.feeRateMicros, redact: secretly, nowMs });
}

/** "context canceled" comes with a 401, too, and leaves the outcome open. */
function isUnauthorised(outcome: HttpOutcome): boolean {
  if (outcome.kind !== 'answered' || outcome.status !== 401) return false;
  const meaning = classifyVenueError(outcome.status, outcome.text ?? '');
  return meaning.outcome === 'refused' && meaning.code === 'account-blocked';
}

async function makeReady(
  deps: PlaceOrderDeps,
  position: PositionTerms,
  intent: OrderIntent,
  deadlineAtMs: number,
): Promise<{ readonly session: ClobSession; readonly order: SignedVenueOrder } | undefined> {
  const session = await deps.access.open(deadlineAtMs);
  const prepared = await takePrepared(deps, position, intent);
  if (prepared !== undefined) return { session, order: prepared };
  const built = await buildOrder(makerOf(deps, position, session.account), intent);
  if (built.orderHash !== intent.orderHash) return undefined;
  return { session, order: await sign(built, session.account) };
}

/** The signed order with this hash and exactly these fields; undefined when it has to be built and signed again. */
async function takePrepared(
  { prepared }: PlaceOrderDeps,
  { wallet }: PositionTerms,
  intent: OrderIntent,
): Promise<SignedVenueOrder | undefined> {
  const order = prepared.get(intent.orderHash);
  prepared.delete(intent.orderHash);
  if (order?.wallet !== wallet) return undefined;
  const written = new Map<string, unknown>(Object.entries(intent));
  const isSame = Object.entries(order.fields).every(([name, value]) => written.get(name) === value);
  return isSame ? order.signing.catch(() => undefined) : undefined;
}

function notSent(text: string): OrderReply {
  return { outcome: 'not-sent', code: 'not-reached', text, retryAfterMs: null };
}
