import * as z from 'zod/mini';

/** Everything we call is called over HTTP; any other scheme would fail only when a position has to be sold. */
export const WebUrlSchema = z.url({ protocol: /^https?$/ });
