import * as z from 'zod/mini';

/** What happens with shares in the live wallet that no position manages. */
export const WatchSettings = z.object({
  WALLET_WATCH: z._default(z.enum(['tell', 'guard', 'off'], 'must be tell, guard or off'), 'tell'),
  /** Whether winnings of resolved markets that no position manages are redeemed. */
  REDEEM_FOREIGN: z._default(z.enum(['true', 'false'], 'must be true or false'), 'false'),
});
