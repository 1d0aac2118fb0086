import { describe, expect, it } from 'vitest';
import { STAGE_NAMES } from '#infra/aws/stage-config.ts';
import { resourceOf, resourcesOf, targetOf } from './read-template.ts';
import { synthSuite } from './stub-suite.ts';

const QUEUE = 'AWS::SQS::Queue';

describe.each(STAGE_NAMES)('every queue of stage %s', (stage) => {
  const { trading, watch } = synthSuite(stage);
  const queues = resourcesOf(trading, QUEUE);
  const deadLetterIds = queues
    .map(({ Properties }) => targetOf(Properties.RedrivePolicy?.deadLetterTargetArn))
    .filter((id) => id !== '');

  it('that a function reads has a dead-letter queue', () => {
    const consumed = resourcesOf(trading, 'AWS::Lambda::EventSourceMapping')
      .map(({ Properties }) => targetOf(Properties.EventSourceArn))
      .filter((id) => queues.some(({ logicalId }) => logicalId === id));
    expect(consumed).toHaveLength(3);
    for (const id of consumed) expect(resourceOf(trading, QUEUE, id).Properties).toHaveProperty('RedrivePolicy');
  });

  it('is read by a function or keeps dead letters for fourteen days', () => {
    for (const { Properties, logicalId } of queues) {
      if (Properties.RedrivePolicy === undefined) {
        expect(logicalId).toMatch(/DeadLetters|FailedEvents/);
        expect(Properties.MessageRetentionPeriod).toBe(1_209_600);
      }
    }
    expect(deadLetterIds.length).toBeGreaterThan(0);
  });

  it('has exactly one alarm on its depth', () => {
    const watched = resourcesOf(watch, 'AWS::CloudWatch::Alarm')
      .filter(({ Properties }) => Properties.MetricName === 'ApproximateNumberOfMessagesVisible')
      .map(({ Properties }) => JSON.stringify(Properties.Dimensions));
    for (const { logicalId } of queues) {
      // The canaries notice it: they end when their notice has been read.
      if (logicalId.startsWith('DiscordPathNoticesQueue')) continue;
      expect(watched.filter((dimensions) => dimensions.includes(logicalId))).toHaveLength(1);
    }
  });

  it('is encrypted and requires TLS', () => {
    const guarded = resourcesOf(trading, 'AWS::SQS::QueuePolicy');
    for (const { Properties, logicalId } of queues) {
      expect(Properties.SqsManagedSseEnabled).toBe(true);
      const policy = guarded.find((each) =>
        each.Properties.Queues.some((queue: object) => targetOf(queue) === logicalId),
      );
      expect(JSON.stringify(policy?.Properties.PolicyDocument)).toContain('aws:SecureTransport');
    }
  });
});
