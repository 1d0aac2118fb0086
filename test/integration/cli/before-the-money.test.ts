import { InvokeCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandler } from '#functions/open.ts';
import {
  EXCHANGE_ADDRESS,
  EXCHANGE_V3_ADDRESS,
  NEG_RISK_EXCHANGE_ADDRESS,
} from '#lib/adapters/polygon/polygon-contracts.ts';
import { main } from '#lib/cli/main.ts';
import { type LocalStack, startLocalStack } from '#lib/cli/suite/local-stack.ts';
import { createAwsClients } from '#lib/runtime/aws-clients.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
import { makeStateDir, removeStateDir } from '#test/integration/local/local-test-stack.ts';

let stateDir: string;
let stack: LocalStack;

/** A wallet with money and without approvals: the key's own address, which can set them by itself. */
beforeAll(async () => {
  stateDir = makeStateDir();
  stack = await startLocalStack({
    stateDir,
    seed: 5,
    env: { LOG_FILE: `${stateDir}/functions.log` },
    live: { signatureType: 0, cashMicros: 50_000_000n },
  });
  const { chain, account } = stack.live!;
  for (const exchange of [EXCHANGE_ADDRESS, NEG_RISK_EXCHANGE_ADDRESS, EXCHANGE_V3_ADDRESS]) {
    await chain.setApproval({ wallet: account.wallet, exchange, shares: false, collateralMicros: 0n });
  }
});

afterAll(async () => {
  await stack?.stop();
  removeStateDir(stateDir);
});

async function run(...args: readonly string[]) {
  const terminal = createFakeTerminal({ env: {} });
  const code = await main([...args, '--state-dir', stateDir], terminal);
  return { code, out: terminal.outLines.join('\n'), err: terminal.errLines.join('\n') };
}

async function doctor(): Promise<{ code: number; statusOf: (name: string) => string | undefined; text: string }> {
  const { code, out } = await run('doctor', '--json');
  const { checks }: { checks: { name: string; status: string }[] } = JSON.parse(out);
  return { code, statusOf: (name) => checks.find((check) => check.name === name)?.status, text: out };
}

/** A market of its own, because the one that runs now may be about to end or too one-sided to buy. */
function addEvenMarket(): string {
  const nowMs = Date.now();
  const tokenMidAt = { outcome: 'UP', priceMicros: 500_000n, atMs: nowMs } as const;
  return stack.venue.addMarket({ asset: 'BTC', window: '5m', endsAtMs: nowMs + 240_000, tokenMidAt });
}

async function openLive(requestId: string): Promise<{ outcome: string; code?: string; message?: string }> {
  const aws = createAwsClients(stack.env);
  try {
    const marketSlug = addEvenMarket();
    const request = { requestId, asset: 'BTC', side: 'UP', usd: '5', mode: 'live', marketSlug };
    const reply = await aws.lambda.send(new InvokeCommand({ FunctionName: 'open', Payload: JSON.stringify(request) }));
    return JSON.parse(Buffer.from(reply.Payload ?? []).toString('utf8'));
  } finally {
    aws.destroy();
  }
}

/** The same opening by a function whose Polygon node is down. */
async function openWithoutNode(requestId: string) {
  const marketSlug = addEvenMarket();
  const open = createHandler({ ...stack.env, POLYGON_RPC_URL: 'http://127.0.0.1:1' });
  return open({ requestId, asset: 'BTC', side: 'UP', usd: '5', mode: 'live', marketSlug });
}

describe('before the money', () => {
  it('a missing approval is red for the doctor, shuts live mode, and is mended by approve after a yes', async () => {
    const before = await doctor();
    expect(before.code).toBe(1);
    expect(before.statusOf('approvals')).toBe('red');
    expect(before.statusOf('approvals v2')).toBe('red');
    for (const name of [
      'market',
      'venue facts',
      'clock',
      'order protocol',
      'country',
      'credentials',
      'cash',
      'chain',
      'parts',
    ]) {
      expect([name, before.statusOf(name)]).toEqual([name, 'ok']);
    }
    expect(await openLive('shut')).toMatchObject({ outcome: 'refused', code: 'not-ready' });

    const asked = await run('approve');
    expect(asked).toMatchObject({ code: 3, err: expect.stringContaining('--yes') });
    expect((await doctor()).statusOf('approvals')).toBe('red');

    const set = await run('approve', '--yes', '--json');
    expect(set.code).toBe(0);
    expect(JSON.parse(set.out).set).toHaveLength(6);
    const after = await doctor();
    expect(after).toMatchObject({ code: 0 });
    expect(after.statusOf('approvals')).toBe('ok');
    expect(after.statusOf('approvals v2')).toBe('ok');
    expect(await run('approve', '--yes', '--json')).toMatchObject({ code: 0 });

    // The last reading of an opening was before they were set.
    expect(await openWithoutNode('unproven')).toMatchObject({
      outcome: 'refused',
      code: 'not-ready',
      message: expect.stringMatching(/"approvals" failed.*Check POLYGON_RPC_URL/),
    });

    stack.venue.setSettings({ closedOnly: true });
    expect((await doctor()).statusOf('credentials')).toBe('red');
    expect(await openLive('closed')).toMatchObject({
      outcome: 'refused',
      code: 'not-ready',
      message: expect.stringContaining('credentials'),
    });
    stack.venue.setSettings({ closedOnly: false, geoblocked: true });
    expect((await doctor()).statusOf('country')).toBe('red');

    // Last, because a pass is reused for a minute.
    stack.venue.setSettings({ geoblocked: false });
    expect(await openLive('proven')).toMatchObject({ outcome: 'opened' });
    expect(await openWithoutNode('within-a-day')).toMatchObject({ outcome: 'opened' });
  });
});
