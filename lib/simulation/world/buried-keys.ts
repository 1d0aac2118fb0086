import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import { readNotice } from './sim-functions.ts';
import type { SimMessage } from './sim-queue.ts';
import type { SimStreamRecord } from './sim-stream.ts';

/** Keys of the notices that were set aside, where an alarm tells of them. */
export function buriedKeysOf(
  messages: readonly SimMessage<DomainEvent>[],
  records: readonly SimStreamRecord[],
): ReadonlySet<string> {
  const keys = new Set(messages.map((message) => readNotice(message).noticeKey));
  for (const { change } of records) {
    if (change !== 'poison' && change.kind === 'alert') {
      keys.add(`position-alert#${change.alert.positionId}#${change.alert.version}`);
    }
  }
  return keys;
}
