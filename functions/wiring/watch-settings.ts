import * as z from 'zod/mini';

/** What happens with shares in the live wallet that no position manages. */
export const WatchSettings = z.object({
  WALLET_WATCH: z._default(z.enum(['tell', 'off'], 'must be tell or off'), 'tell'),
});
