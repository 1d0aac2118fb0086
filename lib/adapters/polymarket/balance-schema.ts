import * as z from 'zod/mini';

const MicrosSchema = z.pipe(
  z.union([z.string().check(z.regex(/^\d{1,78}$/)), z.int().check(z.nonnegative())]),
  z.transform((value) => BigInt(value)),
);

/** `GET /balance-allowance` (venue §2.4): micros, and what each spender may move; a share approval is all or nothing. */
export const BalanceSchema = z.looseObject({
  balance: MicrosSchema,
  allowances: z.nullish(z.record(z.string(), MicrosSchema)),
});

export type BalanceReply = z.output<typeof BalanceSchema>;
