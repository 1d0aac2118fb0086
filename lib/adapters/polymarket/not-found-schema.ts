import * as z from 'zod';

/**
 * How the venue itself says that there is no such thing. A 404 without it comes from somebody else (a proxy, a wrong
 * host) and proves nothing about a market.
 */
export const NotFoundSchema = z.looseObject({ error: z.string().min(1) });
