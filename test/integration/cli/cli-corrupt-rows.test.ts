import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toPositionRow } from '#lib/adapters/dynamodb/positions/position-row.ts';
import { EXIT_CODES } from '#lib/cli/cli-error.ts';
import { main } from '#lib/cli/main.ts';
import { plainPaint, type Terminal } from '#lib/cli/terminal.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { type Dynoxide, startDynoxide } from '#test/fixtures/dynoxide.ts';

let dynoxide: Dynoxide;
let stateDir: string;

beforeAll(async () => {
  dynoxide = await startDynoxide();
  const tableName = await dynoxide.createTable();
  const broken = { ...toPositionRow(aPosition({ state: 'holding', positionId: 'broken' }), 'c'), wallet: 7 };
  for (const Item of [toPositionRow(aPosition({ state: 'holding', positionId: 'whole' }), 'c'), broken]) {
    await dynoxide.client.send(new PutCommand({ TableName: tableName, Item }));
  }
  stateDir = mkdtempSync(join(tmpdir(), 'tminus-corrupt-'));
  const env = {
    STAGE: 'local',
    TABLE_NAME: tableName,
    EXIT_QUEUE_URL: 'http://127.0.0.1:9/queue',
    OPEN_FUNCTION_NAME: 'open',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: dynoxide.endpoint,
  };
  writeFileSync(join(stateDir, 'stack.json'), JSON.stringify({ pid: process.pid, startedAtMs: 1, env }));
});

afterAll(async () => {
  await dynoxide.stop();
  rmSync(stateDir, { recursive: true, force: true });
});

async function run(...args: readonly string[]) {
  const heard = { out: [] as string[], err: [] as string[] };
  const terminal: Terminal = {
    out: (text) => void heard.out.push(text),
    err: (text) => void heard.err.push(text),
    paint: plainPaint,
    screen: null,
    ask: null,
    env: {},
    nowMs: Date.now,
  };
  return { ...heard, exitCode: await main([...args, '--state-dir', stateDir], terminal) };
}

describe('the command line beside a corrupt row', () => {
  it('lists what can be read, names the rest and does not end well', async () => {
    const { exitCode, out, err } = await run('positions');
    expect(out.join('\n')).toContain('whole');
    expect(err).toEqual([expect.stringMatching(/cannot be read as positions.*: broken$/)]);
    expect(exitCode).toBe(EXIT_CODES.failure);
  });

  it('tells programs the same as JSON', async () => {
    const { out, err } = await run('positions', '--json');
    expect(JSON.parse(out.join('\n'))).toEqual([expect.objectContaining({ positionId: 'whole' })]);
    expect(JSON.parse(err.join('\n'))).toMatchObject({
      code: 'corrupt-rows',
      message: expect.stringContaining('broken'),
    });
  });

  it('says of one that it cannot be read, without a stack trace', async () => {
    const { exitCode, err } = await run('show', 'broken');
    expect(err).toEqual([expect.stringMatching(/A stored row breaks its schema/)]);
    expect(exitCode).toBe(EXIT_CODES.failure);
  });
});
