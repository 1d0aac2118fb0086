import * as z from 'zod';
import type { Usage } from './bill.ts';
import type { AwsCall } from './counting-proxy.ts';
import type { UnitCounter } from './request-units.ts';

const EntriesSchema = z.object({ Entries: z.array(z.unknown()) });

/**
 * What a call costs. A message, a timer or an event of ours is below the 64 kB that count as one. The message a timer sends to the queue
 * is billed when it is sent; that comes once for each timer.
 * @throws Error for a call nobody has put a price to
 */
export function usageOfCall(units: UnitCounter, { service, operation, body, answer }: AwsCall): Usage {
  switch (service) {
    case 'dynamodb':
      return units.unitsOf(operation, body, answer);
    case 'sqs':
      return { queueRequests: 1 };
    case 'eventbridge':
      return { busEvents: EntriesSchema.parse(body).Entries.length };
    case 'scheduler':
      if (operation !== 'CreateSchedule') throw new Error(`The price of ${operation} is not known here`);
      return { timers: 1, queueRequests: 1 };
  }
}

const RecordsSchema = z.object({
  Records: z.array(z.object({ attributes: z.object({ ApproximateReceiveCount: z.string() }).optional() })).optional(),
});

/** An invocation, what it took from a queue for it, and the way the messages came there. */
export function usageOfInvocation(
  name: string,
  { event, durationMs, memoryMb }: { readonly event: unknown; readonly durationMs: number; readonly memoryMb: number },
): Usage {
  const own: Usage = { invocations: 1, gbSeconds: (Math.ceil(durationMs) / 1_000) * (memoryMb / 1_024) };
  if (name === 'sell') return { ...own, queueRequests: RECEIVE_AND_DELETE };
  if (name !== 'discord') return own;
  const { Records = [] } = RecordsSchema.parse(event);
  const newCount = Records.filter(({ attributes }) => attributes?.ApproximateReceiveCount === '1').length;
  // Each notice was published once, and sent to the queue by the topic.
  return { ...own, publishes: newCount, queueRequests: RECEIVE_AND_DELETE + newCount };
}

const RECEIVE_AND_DELETE = 2;
