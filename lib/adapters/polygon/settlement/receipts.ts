import * as z from 'zod/mini';
import { UnexpectedReplyError } from '#lib/errors/errors.ts';
import type { Rpc } from '../json-rpc.ts';
import { AmountSchema } from '../transaction-fees.ts';

const HexSchema = z.string().check(z.regex(/^0x[0-9a-fA-F]*$/));
export const EventSchema = z.object({ address: HexSchema, topics: z.array(HexSchema), data: HexSchema });
const ReceiptSchema = z.object({
  transactionHash: HexSchema,
  blockNumber: AmountSchema,
  status: z.string(),
  from: HexSchema,
  gasUsed: AmountSchema,
  effectiveGasPrice: AmountSchema,
  logs: z.array(EventSchema),
});
export type Receipt = z.output<typeof ReceiptSchema>;
export type ReceiptEvent = z.output<typeof EventSchema>;

/** Null for a transaction that is not mined. @throws UpstreamUnavailableError, UnexpectedReplyError */
export async function readReceipt(rpc: Rpc, transactionHash: string, deadlineAtMs: number): Promise<Receipt | null> {
  const call = { method: 'eth_getTransactionReceipt', params: [transactionHash] };
  const receipt = z.nullable(ReceiptSchema).safeParse(await rpc.sendOne(call, deadlineAtMs));
  if (receipt.success) return receipt.data;
  throw new UnexpectedReplyError('A receipt is not as documented', { transactionHash });
}

/** The word of an event's data with this index; zero where the data is shorter. */
export function wordOf({ data }: ReceiptEvent, index: number): bigint {
  const digits = data.slice(2 + 64 * index, 66 + 64 * index);
  return digits === '' ? 0n : BigInt(`0x${digits}`);
}

/** A topic has 32 bytes; an address is its last 20. */
export function addressIn(topic: string | undefined): string {
  return `0x${(topic ?? '').slice(-40).toLowerCase()}`;
}

/** An address as a topic. */
export function toTopic(address: string): string {
  return `0x${address.slice(2).toLowerCase().padStart(64, '0')}`;
}
