import { EVENT_RULES } from '#infra/shared/event-rules.ts';
import type { ExpectedPart } from '#lib/ports/deployment.ts';
import { FUNCTION_NAMES } from '#lib/runtime/delivery-rules.ts';
import {
  ALERT_TOPIC_ARN,
  ALERT_TOPIC_NAME,
  EVENT_BUS_NAME,
  MAPPED_FUNCTIONS,
  PERIODIC_RULES,
  QUEUES,
} from './topology.ts';

/**
 * What a local stack should have, as `doctor` asks for it. There is no alarm: the local stack gathers no metrics.
 * @param queueUrl URL of one of its queues
 */
export function listLocalParts(queueUrl: string): readonly ExpectedPart[] {
  const queuesUrl = queueUrl.slice(0, queueUrl.lastIndexOf('/') + 1);
  return [
    ...QUEUES.map(({ name }): ExpectedPart => ({ kind: 'queue', name, id: `${queuesUrl}${name}` })),
    ...FUNCTION_NAMES.map((name): ExpectedPart => ({ kind: 'function', name, id: name })),
    ...MAPPED_FUNCTIONS.map((name): ExpectedPart => ({ kind: 'event-source-mapping', name, id: name })),
    ...EVENT_RULES.map(({ name }): ExpectedPart => ({ kind: 'rule', name, id: `${EVENT_BUS_NAME}|${name}` })),
    { kind: 'topic', name: ALERT_TOPIC_NAME, id: ALERT_TOPIC_ARN },
    ...Object.values(PERIODIC_RULES).map(
      ({ name }): ExpectedPart => ({ kind: 'rule', name, id: name, isOptional: name !== PERIODIC_RULES.sweep.name }),
    ),
  ];
}
