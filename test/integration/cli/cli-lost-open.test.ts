import { describe, expect, it } from 'vitest';
import { main } from '#lib/cli/main.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
import { startAwsWire, type WireAnswer } from '#test/integration/aws/aws-wire.ts';

const ARGS = ['open', '--asset', 'BTC', '--side', 'UP', '--usd', '5', '--request-id', 'mine'];

async function openAgainst(answer: WireAnswer | 'nobody') {
  const wire = await startAwsWire(() => (answer === 'nobody' ? { status: 500 } : answer));
  if (answer === 'nobody') await wire.stop();
  const suite = {
    STAGE: 'test',
    TABLE_NAME: 'table',
    EXIT_QUEUE_URL: 'http://127.0.0.1:1/exit',
    OPEN_FUNCTION_NAME: 'open',
  };
  const terminal = createFakeTerminal({ env: { ...wire.env, ...suite } });
  const code = await main(ARGS, terminal);
  if (answer !== 'nobody') await wire.stop();
  return { code, err: terminal.errLines.join('\n') };
}

describe('tminus open, when the answer does not come', () => {
  it('says that the outcome is not known, and how to ask again without opening twice', async () => {
    const { code, err } = await openAgainst('nobody');
    expect(code).toBe(1);
    expect(err).toContain('(ECONNREFUSED): it is not known whether a position was opened');
    expect(err).toContain('--request-id mine');
  });

  it('knows that nothing was opened when AWS refused the call at once', async () => {
    const { code, err } = await openAgainst({ status: 403, errorType: 'AccessDeniedException', body: {} });
    expect(code).toBe(1);
    expect(err).toContain('(AccessDeniedException): nothing was opened');
  });
});
