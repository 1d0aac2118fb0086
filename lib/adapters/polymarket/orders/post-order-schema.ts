import * as z from 'zod/mini';

const AmountSchema = z.nullish(z.union([z.string(), z.number()]));

/** `POST /order` (venue §2.6): an acceptance, a rejection in the clothes of a success, or an error. */
export const PostOrderSchema = z.looseObject({
  success: z.nullish(z.boolean()),
  errorMsg: z.nullish(z.string()),
  error: z.optional(z.unknown()),
  message: z.optional(z.unknown()),
  /** Names the venue's mode beside an error whose words need not. */
  code: z.optional(z.unknown()),
  orderID: z.nullish(z.string()),
  status: z.nullish(z.union([z.string(), z.number()])),
  makingAmount: AmountSchema,
  takingAmount: AmountSchema,
  tradeIDs: z.nullish(z.array(z.string())),
  retry_after_seconds: z.optional(z.unknown()),
});

export type PostOrderAnswer = z.output<typeof PostOrderSchema>;
