import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { toPositionRow } from '#lib/adapters/dynamodb/positions/position-row.ts';
import { EXIT_CODES } from '#lib/cli/cli-error.ts';
import { main } from '#lib/cli/main.ts';
import { plainPaint, type Terminal } from '#lib/cli/terminal.ts';
import { aChange, anOpening } from '#test/contract/position-store.contract.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
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
  const ids = countingIds();
  const store = createDynamodbPositionStore({ client: dynoxide.client, tableName, stage: 'local', ids });
  for (const [n, mode] of [[1, 'paper'] as const, [2, 'live'] as const]) {
    const opening = anOpening(n, { mode });
    await store.create(opening, null);
    await store.save(aChange(opening, aPosition({ state: 'worthless', closedAtMs: Date.UTC(2024, 2, n), mode })));
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

  it('sums up, writes a page, and says that a row is missing in both', async () => {
    const file = join(stateDir, 'report.html');
    const { exitCode, out, err } = await run('report', '--since', '2024-03-01', '--until', '2024-03-03', '--out', file);
    expect(out.join('\n')).toMatch(
      /Ended since 2024-03-01 00:00 UTC: 1 paper, 0 won, 1 lost[\s\S]*1 live[\s\S]*The report is in/,
    );
    expect(err).toEqual([expect.stringMatching(/are in no sum; correct them by hand: broken$/)]);
    expect(exitCode).toBe(EXIT_CODES.failure);
    const page = readFileSync(file, 'utf8');
    expect(page).toContain('1 row cannot be read as a position and is in no sum.');
    expect(page).toContain('Stage local · paper and live · ended from 2024-03-01 00:00 UTC to 2024-03-03 00:00 UTC');
    // A page of its own is replaced, and in JSON the sums are exact.
    const again = await run('report', '--since', '2024-03-01', '--mode', 'live', '--out', file, '--csv');
    expect(again.out.join('\n')).toContain('live,day,2024-03-02,1,0,1,0,23.400000,0.573300,-23.973300,');
    const { out: json } = await run('report', '--since', '2024-03-01', '--mode', 'live', '--json');
    expect(JSON.parse(json.join('\n'))).toMatchObject({
      ...{ stage: 'local', corruptIds: ['broken'] },
      modes: [
        { mode: 'live', ended: { count: 1, resultMicros: '-23973300' }, equity: [{ equityMicros: '-23973300' }] },
      ],
    });
  });
});
