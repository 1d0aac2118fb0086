import * as z from 'zod/mini';

/**
 * How the venue itself says that there is no such thing. A 404 without it comes from somebody else (a proxy, a wrong
 * host) and proves nothing about a market.
 */
export const NotFoundSchema = z.looseObject({ error: z.string().check(z.minLength(1)) });
