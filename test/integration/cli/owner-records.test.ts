import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toPositionRow } from '#lib/adapters/dynamodb/positions/position-row.ts';
import { main } from '#lib/cli/main.ts';
import { recordByHand } from '#lib/cli/owner/record-by-hand.ts';
import { DEFAULT_AWS_LIMITS } from '#lib/runtime/aws-settings.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
import { type Dynoxide, startDynoxide } from '#test/fixtures/dynoxide.ts';
import { TEST_ADDRESS } from '#test/fixtures/live-account.ts';

const SALE = `0x${'5e'.repeat(32)}`;
const position = aPosition({ state: 'holding', positionId: 'held', mode: 'live', wallet: TEST_ADDRESS });

let dynoxide: Dynoxide;
let stateDir: string;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  dynoxide = await startDynoxide();
  const tableName = await dynoxide.createTable();
  await dynoxide.client.send(new PutCommand({ TableName: tableName, Item: toPositionRow(position, 'c') }));
  stateDir = mkdtempSync(join(tmpdir(), 'tminus-records-'));
  const keys = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  const suite = { STAGE: 'local', EXIT_QUEUE_URL: 'http://127.0.0.1:9/queue', OPEN_FUNCTION_NAME: 'open' };
  env = { ...keys, ...suite, TABLE_NAME: tableName, AWS_ENDPOINT_URL_DYNAMODB: dynoxide.endpoint };
  writeFileSync(join(stateDir, 'stack.json'), JSON.stringify({ pid: process.pid, startedAtMs: 1, env }));
});
afterAll(async () => {
  await dynoxide.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

const ownerOf = (suiteEnv: Readonly<Record<string, string>>) => {
  const limits = DEFAULT_AWS_LIMITS;
  const suite = { place: 'here', flags: '', env: suiteEnv, limits, process: null };
  return { walletAddress: TEST_ADDRESS, place: { env: suiteEnv, limits, flags: '', suite } } as const;
};
const sale = {
  action: 'sold',
  marketSlug: position.marketSlug,
  conditionId: position.conditionId.toUpperCase().replace('0X', '0x'),
  cashMicros: 12_340_000n,
  references: [SALE],
} as const;

async function show(...args: readonly string[]) {
  const terminal = createFakeTerminal();
  const code = await main(['show', 'held', ...args, '--state-dir', stateDir], terminal);
  return { code, out: terminal.outLines.join('\n') };
}

describe('what the owner did by hand', () => {
  it('is told by the timeline of the position of that market, and by no other', async () => {
    const terminal = createFakeTerminal();
    const elsewhere = { ...sale, conditionId: `0x${'99'.repeat(32)}`, references: ['0xother'] };
    const withdrawal = { ...sale, action: 'withdrawn', conditionId: null, references: ['0xcash'] } as const;
    await recordByHand(terminal, ownerOf(env), [sale, elsewhere, withdrawal]);
    expect(terminal.errLines).toEqual([]);
    const { code, out } = await show();
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining(`+$12.34\n${SALE}`) });
    expect(out).toContain('Sold by hand');
    expect(out).not.toMatch(/0xother|0xcash/);
    expect(JSON.parse((await show('--json')).out).byHand).toMatchObject([{ action: 'sold', references: [SALE] }]);
  });

  it('is done although the table does not answer', async () => {
    const terminal = createFakeTerminal();
    await recordByHand(terminal, ownerOf({ ...env, AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' }), [sale]);
    expect(terminal.errLines).toEqual([expect.stringContaining('Nothing else depends on that')]);
  });
});
