import type { LambdaClient } from '@aws-sdk/client-lambda';
import { expect, it } from 'vitest';
import { toPositionAnswer } from '#lib/contracts/open-answer.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { invokeOpen } from '#lib/suite-client/invoke-open.ts';
import { aPosition } from '#test/factories/a-position.ts';

const BODY = { requestId: 'r', asset: 'BTC', side: 'UP', usd: 5, mode: 'paper' } as const;
const position = aPosition({ state: 'holding' });

it.each([
  ['this release', toPositionAnswer(position)],
  ['an earlier release, which called the side "outcome"', describePosition(position)],
])('reads the answer of %s', async (_, answer) => {
  const Payload = Buffer.from(JSON.stringify({ outcome: 'opened', position: answer }));
  const lambda = { send: async () => ({ Payload }) } as unknown as LambdaClient;
  expect(await invokeOpen({ lambda, functionName: 'open' }, BODY)).toEqual({
    outcome: 'opened',
    position: toPositionAnswer(position),
  });
});
