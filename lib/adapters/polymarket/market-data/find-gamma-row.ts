import { getJson, joinUrl, statusOf } from '#lib/adapters/http/request-json.ts';
import { NotFoundSchema } from '#lib/adapters/polymarket/parse-reply.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import { rowsOf } from './gamma-rows.ts';

export type GammaDeps = { readonly clock: Pick<Clock, 'nowMs'>; readonly gammaHost: string };

/** A failed read is repeated once if this much time is left. */
const SECOND_TRY_MS_MIN = 200;

/**
 * Gamma's lists of markets. It has announced the end of the first in favour of the second (headers `deprecation`,
 * `sunset` and `warning: use /markets/keyset`, seen in May 2026), and both were served in October.
 */
const LIST_PATHS = ['/markets', '/markets/keyset'] as const;
/** Without `closed`, lists hold open markets only since 9 April 2026 (py-sdk#130). */
const CLOSED_QUERIES = [{}, { closed: 'true' }] as const;

/**
 * The market with this slug as Gamma writes it. Asks for it by its own address, then in the lists: not every server has
 * all of them, and only a list proves that there is no such market.
 * @throws UnexpectedReplyError when no address that is known for markets answers
 */
export async function findGammaRow(deps: GammaDeps, slug: string, deadlineAtMs: number): Promise<unknown> {
  const own = await readRoute(deps, joinUrl(deps.gammaHost, `/markets/slug/${slug}`), deadlineAtMs);
  const ownRow = own.isServed ? (selectRow(own.body, slug) ?? asObject(own.body)) : undefined;
  if (ownRow !== undefined) return ownRow;
  for (const path of LIST_PATHS) {
    const found = await findInList(deps, path, slug, deadlineAtMs);
    if (found !== 'not-served') return found.row;
  }
  throw new UnexpectedReplyError('Gamma answers under none of the addresses known for its markets');
}

async function findInList(
  deps: GammaDeps,
  path: string,
  slug: string,
  deadlineAtMs: number,
): Promise<{ readonly row: unknown } | 'not-served'> {
  for (const closed of CLOSED_QUERIES) {
    const list = await readRoute(deps, joinUrl(deps.gammaHost, path, { slug, ...closed }), deadlineAtMs);
    if (!list.isServed) return 'not-served';
    const row = selectRow(list.body, slug);
    if (row !== undefined) return { row };
  }
  return { row: undefined };
}

function selectRow(body: unknown, slug: string): unknown {
  return rowsOf(body)?.find((row) => asObject(row) !== undefined && Reflect.get(Object(row), 'slug') === slug);
}

function asObject(body: unknown): unknown {
  return typeof body === 'object' && body !== null && rowsOf(body) === undefined ? body : undefined;
}

type Route =
  /** The body is null where the venue says that there is no such market. */
  | { readonly isServed: true; readonly body: unknown }
  /** A refusal, or a page that is not the venue's: the server has no such address. */
  | { readonly isServed: false };

const NOT_SERVED: Route = { isServed: false };

async function readRoute(deps: GammaDeps, url: string, deadlineAtMs: number): Promise<Route> {
  try {
    return await readOnce(deps, url, deadlineAtMs);
  } catch (error) {
    const isRetryable = error instanceof UpstreamUnavailableError || error instanceof UnexpectedReplyError;
    const isInTime = deps.clock.nowMs() + SECOND_TRY_MS_MIN <= deadlineAtMs;
    if (!isRetryable || !isInTime || statusOf(error) === 429) throw error;
  }
  return readOnce(deps, url, deadlineAtMs);
}

async function readOnce(deps: GammaDeps, url: string, deadlineAtMs: number): Promise<Route> {
  try {
    const { status, body } = await getJson(deps, { url, what: 'the Gamma market', deadlineAtMs });
    if (status === 404 && NotFoundSchema.safeParse(body).success) return { isServed: true, body: null };
    return status < 400 ? { isServed: true, body } : NOT_SERVED;
  } catch (error) {
    const status = error instanceof UnexpectedReplyError ? (statusOf(error) ?? 0) : 0;
    // A page instead of JSON with 404 or 410, or a redirect to another server.
    if (status >= 300 && status < 500) return NOT_SERVED;
    throw error;
  }
}
