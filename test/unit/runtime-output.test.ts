import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '#lib/runtime/logger.ts';
import { createMetrics } from '#lib/runtime/metrics.ts';

/** Both write to standard output, as Lambda expects: the test listens there. */
let lines: string[] = [];
const write = process.stdout.write;
beforeEach(() => {
  lines = [];
  process.stdout.write = ((chunk: string | Uint8Array) => {
    lines.push(...String(chunk).split('\n').filter(Boolean));
    return true;
  }) as typeof process.stdout.write;
});
afterEach(() => {
  process.stdout.write = write;
});

const parsed = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('createLogger', () => {
  it('writes one JSON line with its facts under their own key', () => {
    createLogger({ env: {}, service: 'sell' }).info('A position was sold', {
      positionId: 'p1',
      level: 'x',
      micros: 5n,
    });
    expect(parsed()).toMatchObject([
      {
        level: 'INFO',
        service: 'sell',
        message: 'A position was sold',
        facts: { positionId: 'p1', level: 'x', micros: '5' },
      },
    ]);
  });

  it('takes its level from the environment it is given', () => {
    const log = createLogger({ env: { LOG_LEVEL: 'error' }, service: 'sell' });
    log.info('Not written');
    log.warn('Not written either');
    expect(lines).toEqual([]);
  });

  it('bears a misspelt level', () => {
    createLogger({ env: { LOG_LEVEL: 'loud' }, service: 'sell' }).info('Written');
    expect(lines).toHaveLength(1);
  });
});

describe('createMetrics', () => {
  it('writes what was gathered in the embedded metric format, once', () => {
    const meter = createMetrics({ namespace: 'Tminus', service: 'sell', dimensions: { stage: 'test' } });
    meter.count('ExitAttemptRefused');
    meter.count('ExitAttemptRefused', 2);
    meter.millis('ExitLateness', 12);
    meter.flush();
    meter.flush();
    expect(parsed()).toMatchObject([{ stage: 'test', service: 'sell', ExitAttemptRefused: [1, 2], ExitLateness: 12 }]);
  });

  it('writes nothing for a quiet event', () => {
    createMetrics({ namespace: 'Tminus', service: 'sell' }).flush();
    expect(lines).toEqual([]);
  });
});
