import type { FastifyReply, FastifyRequest } from 'fastify';
import type { VenueSettings } from '#infra/shared/local-venue.ts';
import type { VenueCash } from '#infra/venue/trading/venue-cash.ts';
import type { VenueDesks } from '#infra/venue/trading/venue-desks.ts';
import type { SwitchedFaults } from '#lib/venue/engine/switchable-conditions.ts';
import type { VenueRefusal } from '#lib/venue/engine/venue-door.ts';
import type { PlaceOrderDeps } from './place-order.ts';
import { type AuthDeps, type Caller, checkSecondLevel } from './request-auth.ts';

/** What the authenticated part of the CLOB works with. */
export type PrivateDeps = AuthDeps &
  PlaceOrderDeps & {
    readonly desks: VenueDesks;
    readonly cash: VenueCash;
    /** For requests that belong to no market. */
    readonly faults: SwitchedFaults;
    settings(): VenueSettings;
  };

type CallerHandler = (caller: Caller, request: FastifyRequest, reply: FastifyReply) => unknown;

/** A handler that only callers with a valid second-level signature reach. */
export function forCallers(deps: AuthDeps, handle: CallerHandler) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const caller = checkSecondLevel(deps, request);
    if (caller === undefined) return reply.code(401).send({ error: 'Unauthorized/Invalid api key' });
    return handle(caller, request, reply);
  };
}

/** A refusal as the venue sends it. */
export function sendRefusal(reply: FastifyReply, { status, text }: VenueRefusal): FastifyReply {
  const isPostOnly = status === 503 && text.startsWith('post-only mode');
  return reply.code(status).send({ error: text, ...(isPostOnly && { retry_after_seconds: 5 }) });
}

/** The JSON of a request, whose raw text is kept for its signature; undefined when it is none. */
export function readJson(request: FastifyRequest): unknown {
  if (typeof request.body !== 'string') return undefined;
  try {
    return JSON.parse(request.body);
  } catch {
    return undefined;
  }
}

/** A field of the query, or nothing; a field that is given twice counts as the first. */
export function queryField(request: FastifyRequest, name: string): string {
  const query = request.query;
  if (typeof query !== 'object' || query === null) return '';
  const value: unknown = Object.entries(query).find(([key]) => key === name)?.[1];
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' ? first : '';
}
