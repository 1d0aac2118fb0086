import * as z from 'zod';

const MicrosSchema = z
  .union([z.string().regex(/^\d{1,78}$/), z.number().int().nonnegative()])
  .transform((value) => BigInt(value));

/** `GET /balance-allowance` (venue §2.4): micros, and what each spender may move; a share approval is all or nothing. */
export const BalanceSchema = z.looseObject({
  balance: MicrosSchema,
  allowances: z.record(z.string(), MicrosSchema).nullish(),
});

export type BalanceReply = z.output<typeof BalanceSchema>;
