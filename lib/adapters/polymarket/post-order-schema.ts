import * as z from 'zod';

const AmountSchema = z.union([z.string(), z.number()]).nullish();

/** `POST /order` (venue §2.6): an acceptance, a rejection in the clothes of a success, or an error. */
export const PostOrderSchema = z.looseObject({
  success: z.boolean().nullish(),
  errorMsg: z.string().nullish(),
  error: z.unknown().optional(),
  message: z.unknown().optional(),
  orderID: z.string().nullish(),
  status: z.union([z.string(), z.number()]).nullish(),
  makingAmount: AmountSchema,
  takingAmount: AmountSchema,
  tradeIDs: z.array(z.string()).nullish(),
  retry_after_seconds: z.unknown().optional(),
});

export type PostOrderAnswer = z.output<typeof PostOrderSchema>;
