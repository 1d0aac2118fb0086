import * as z from 'zod/mini';

const MicrosSchema = z.pipe(
  z.union([z.string().check(z.regex(/^\d{1,78}$/)), z.int().check(z.nonnegative())]),
  z.transform((value) => BigInt(value)),
);

/**
 * Unlimited is 2^256 − 1, which as a JSON number is not a safe integer. An invalid amount must not hide the balance.
 */
const AllowanceSchema = z.pipe(
  z.unknown(),
  z.transform((value) => {
    const micros = MicrosSchema.safeParse(value);
    if (micros.success) return micros.data;
    return typeof value === 'number' && value > 0 && Number.isInteger(value) ? BigInt(value) : undefined;
  }),
);

/**
 * `GET /balance-allowance` (venue §2.8): micros, and the allowance of each spender. A share approval is all or nothing.
 */
export const BalanceSchema = z.looseObject({
  balance: MicrosSchema,
  allowances: z.nullish(z.record(z.string(), AllowanceSchema)),
});

export type BalanceReply = z.output<typeof BalanceSchema>;
