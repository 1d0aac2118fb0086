import type { EventRule } from '#infra/local/services/event-bus-api.ts';
import { ALERT_TOPIC_ARN } from '#infra/local/topology.ts';
import { DETAIL_TYPES, EVENT_SOURCE } from '#lib/contracts/domain-event.ts';

/**
 * What of the bus a trader reads: every alert, the changes of state that no alert tells, and the day's summary. A canary's
 * alerts go the same way, to the discord function, which notes that they came and tells nobody.
 */
export const EVENT_RULES: readonly EventRule[] = [
  {
    name: 'alerts-to-topic',
    pattern: { source: [EVENT_SOURCE], 'detail-type': [DETAIL_TYPES['position-alert']] },
    topicArn: ALERT_TOPIC_ARN,
  },
  {
    name: 'news-to-topic',
    pattern: {
      source: [EVENT_SOURCE],
      'detail-type': [DETAIL_TYPES['position-state-changed']],
      detail: { isNews: [true] },
    },
    topicArn: ALERT_TOPIC_ARN,
  },
  {
    name: 'summary-to-topic',
    pattern: { source: [EVENT_SOURCE], 'detail-type': [DETAIL_TYPES['daily-summary']] },
    topicArn: ALERT_TOPIC_ARN,
  },
];
