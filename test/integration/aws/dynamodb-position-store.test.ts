import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  ScanCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseActionRow } from '#lib/adapters/dynamodb/positions/action-row.ts';
import { createDynamodbPositionStore } from '#lib/adapters/dynamodb/positions/dynamodb-position-store.ts';
import { toTimelineRow } from '#lib/adapters/dynamodb/positions/timeline-row.ts';
import { CHANGE_ID } from '#lib/adapters/dynamodb/row-codec.ts';
import { ACTION_PREFIX, accountKey, limitsKey, marketKey, stateKey } from '#lib/adapters/dynamodb/table-schema.ts';
import { apiHaltBy } from '#lib/contracts/api/api-halt.ts';
import type { OpenPosition, Position } from '#lib/domain/position/position.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { CorruptRowError, InvariantError, StoreUnavailableError, VersionConflictError } from '#lib/errors/errors.ts';
import type { PositionChange, PositionStore } from '#lib/ports/store/position-store.ts';
import { HALT } from '#test/factories/a-halt.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anAttempt } from '#test/factories/an-attempt.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';
import { type Dynoxide, startDynoxide } from '#test/fixtures/dynoxide.ts';

let dynoxide: Dynoxide;
let tableName: string;
/** The table as another process sees it: nothing goes wrong there. */
let store: PositionStore;

beforeAll(async () => {
  dynoxide = await startDynoxide();
});

afterAll(async () => {
  await dynoxide.stop();
});

beforeEach(async () => {
  tableName = await dynoxide.createTable();
  store = createDynamodbPositionStore({ ...deps(dynoxide.client), ids: countingIds('other') });
});

const deps = (client: DynamoDBDocumentClient) => ({ client, tableName, stage: 'test', ids: countingIds('own') });

type Transact = () => Promise<unknown>;
/** What becomes of the n-th transaction; `pass` sends it. The last plan repeats; without any, everything passes. */
type Plan = (pass: Transact) => Promise<unknown>;

const passes: Plan = (pass) => pass();
const fails =
  (error: Error): Plan =>
  () =>
    Promise.reject(error);
const losesAnswer =
  (meanwhile: () => Promise<unknown> = async () => undefined): Plan =>
  async (pass) => {
    await pass();
    await meanwhile();
    throw networkError();
  };

const networkError = () => Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({
    message: 'Transaction cancelled',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

/** A store whose transactions meet the given fates, and whose first `failingReadCount` other calls fail. */
function aTroubledStore(plans: readonly Plan[], failingReadCount = 0) {
  let sentCount = 0;
  let readsToFail = failingReadCount;
  const { client } = dynoxide;
  const send = async (command: Parameters<DynamoDBDocumentClient['send']>[0]) => {
    if (!(command instanceof TransactWriteCommand)) {
      readsToFail -= 1;
      if (readsToFail >= 0) throw networkError();
      return client.send(command);
    }
    const plan = plans[Math.min(sentCount, plans.length - 1)] ?? passes;
    sentCount += 1;
    return plan(() => client.send(new TransactWriteCommand(command.input)));
  };
  const troubled = Object.assign(Object.create(client) as DynamoDBDocumentClient, { send });
  return { store: createDynamodbPositionStore(deps(troubled)), sentCount: () => sentCount };
}

const OPENING = aPosition({ state: 'buying' });

function aStep(before: OpenPosition, after: Position, overrides: Partial<PositionChange> = {}): PositionChange {
  return {
    before,
    after: { ...after, version: before.version + 1 },
    event: anEvent({ type: 'deadline-reached' }),
    endedAttempts: [],
    alert: null,
    evidence: {},
    ...overrides,
  };
}

const CLOSING = aStep(OPENING, aPosition({ state: 'worthless' }));
const LOSS_MICROS = 23_973_300n;
const accountAtClosing = () => store.getAccount('paper', aPosition({ state: 'worthless' }).closedAtMs);

async function expectClosedOnce() {
  expect(await store.find('position-1')).toEqual(CLOSING.after);
  expect(await store.listTimeline('position-1')).toHaveLength(2);
  expect(await accountAtClosing()).toMatchObject({
    openCount: 0,
    exposureMicros: 0n,
    dayLossMicros: LOSS_MICROS,
  });
}

describe('saving a step while the table misbehaves', () => {
  beforeEach(async () => {
    await store.create(OPENING, DEFAULT_RISK_LIMITS);
  });

  it('recognises its own write when only the answer is lost, and counts nothing twice', async () => {
    const troubled = aTroubledStore([losesAnswer(), passes]);
    await troubled.store.save(CLOSING);
    expect(troubled.sentCount()).toBe(1);
    await expectClosedOnce();
  });

  it('recognises its own write even when somebody has moved the row on since', async () => {
    const own = aStep(OPENING, aPosition({ state: 'holding' }));
    const next = aStep(own.after as OpenPosition, aPosition({ state: 'exiting' }));
    await aTroubledStore([losesAnswer(() => store.save(next))]).store.save(own);
    expect(await store.find('position-1')).toEqual(next.after);
    expect((await store.listTimeline('position-1')).map(({ version }) => version)).toEqual([1, 2, 3]);
  });

  it('recognises its own write that arrives late, between two tries', async () => {
    let first: Transact | undefined;
    const late: Plan = async (pass) => {
      first = pass;
      throw networkError();
    };
    const overtaken: Plan = async (pass) => {
      await first?.();
      return pass();
    };
    const troubled = aTroubledStore([late, overtaken]);
    await troubled.store.save(CLOSING);
    expect(troubled.sentCount()).toBe(2);
    await expectClosedOnce();
  });

  it.each([
    ['another transaction is on the same rows', cancelled('None', 'TransactionConflict', 'None')],
    ['the table throttles', cancelled('ThrottlingError', 'None')],
    ['the request does not arrive', networkError()],
  ])('tries again when %s', async (_, error) => {
    const troubled = aTroubledStore([fails(error), fails(error), fails(error), passes]);
    await troubled.store.save(CLOSING);
    expect(troubled.sentCount()).toBe(4);
    await expectClosedOnce();
  });

  it('reports a conflict when a rival wins while its own request is lost', async () => {
    const rival = aStep(OPENING, aPosition({ state: 'holding' }));
    const lost: Plan = async () => {
      await store.save(rival);
      throw networkError();
    };
    const troubled = aTroubledStore([lost]);
    await expect(troubled.store.save(CLOSING)).rejects.toBeInstanceOf(VersionConflictError);
    expect(troubled.sentCount()).toBe(1);
    expect(await store.find('position-1')).toEqual(rival.after);
    expect(await store.countOpen()).toEqual({ paper: 1, live: 0 });
  });

  it('gives up after a bounded number of tries, naming the cause and nothing else', async () => {
    const troubled = aTroubledStore([fails(networkError())]);
    const error = await troubled.store.save(CLOSING).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StoreUnavailableError);
    expect(error).toMatchObject({ context: { cause: 'TimeoutError' } });
    expect(troubled.sentCount()).toBe(7);
    expect(await store.find('position-1')).toEqual(OPENING);
  });

  it('recognises its own write although the table cannot be read for a moment either', async () => {
    const troubled = aTroubledStore([losesAnswer(), passes], 1);
    await troubled.store.save(CLOSING);
    expect(troubled.sentCount()).toBe(2);
    await expectClosedOnce();
  });

  it('says that the outcome is unknown when the row cannot be read either', async () => {
    const { store: blind } = aTroubledStore([losesAnswer(), fails(networkError())], Number.POSITIVE_INFINITY);
    await expect(blind.save(CLOSING)).rejects.toBeInstanceOf(StoreUnavailableError);
    await expectClosedOnce();
  });

  it('calls a transaction that the table can never take a bug, at once', async () => {
    const twice = aStep(OPENING, aPosition({ state: 'holding' }), { endedAttempts: [anAttempt(), anAttempt()] });
    const troubled = aTroubledStore([passes]);
    await expect(troubled.store.save(twice)).rejects.toBeInstanceOf(InvariantError);
    expect(troubled.sentCount()).toBe(1);
    expect(await store.find('position-1')).toEqual(OPENING);
  });

  it('stamps every write of the row with an id of its own', async () => {
    const changeIdOf = async () => {
      const command = new GetCommand({ TableName: tableName, Key: { ...stateKey('position-1') } });
      return (await dynoxide.client.send(command)).Item?.[CHANGE_ID];
    };
    const first = await changeIdOf();
    await store.save(aStep(OPENING, aPosition({ state: 'holding' })));
    expect(first).toMatch(/^other-/);
    expect(await changeIdOf()).not.toBe(first);
  });
});

describe('closing a position whose market lock is not what it was', () => {
  const lockOf = async () => {
    const command = new GetCommand({ TableName: tableName, Key: { ...marketKey(OPENING) } });
    return (await dynoxide.client.send(command)).Item;
  };

  beforeEach(async () => {
    await store.create(OPENING, DEFAULT_RISK_LIMITS);
  });

  it("closes it all the same and leaves another position's lock alone", async () => {
    const foreign = { ...marketKey(OPENING), positionId: 'position-2' };
    await dynoxide.client.send(new PutCommand({ TableName: tableName, Item: foreign }));
    await store.save(CLOSING);
    await expectClosedOnce();
    expect(await lockOf()).toEqual(foreign);
  });

  it('removes its own lock', async () => {
    expect(await lockOf()).toMatchObject({ positionId: 'position-1' });
    await store.save(CLOSING);
    expect(await lockOf()).toBeUndefined();
  });
});

describe('an account that an older release halted', () => {
  it('is halted, without details', async () => {
    const account = { ...accountKey('test', 'paper'), openCount: 1, exposureMicros: 5, halted: true };
    await dynoxide.client.send(new PutCommand({ TableName: tableName, Item: account }));
    expect(await store.getAccount('paper', 0)).toMatchObject({
      openCount: 1,
      halt: { sinceMs: null, by: null, reason: null },
    });
  });
});

describe('an account that was halted and resumed', () => {
  it('has only the fields that an older release reads', async () => {
    await store.setHalt('paper', HALT);
    await store.setHalt('paper', null);
    const { Item } = await dynoxide.client.send(
      new GetCommand({ TableName: tableName, Key: { ...accountKey('test', 'paper') } }),
    );
    expect(Item).toEqual({ ...accountKey('test', 'paper'), halted: false });
  });
});

describe('creating a position while the table misbehaves', () => {
  const expectOpenedOnce = async () => {
    expect(await store.find('position-1')).toEqual(OPENING);
    expect(await store.getAccount('paper', OPENING.openedAtMs)).toMatchObject({
      openCount: 1,
      exposureMicros: 25_000_000n,
    });
  };

  it('recognises its own creation when only the answer is lost', async () => {
    const troubled = aTroubledStore([losesAnswer(), passes]);
    expect(await troubled.store.create(OPENING, DEFAULT_RISK_LIMITS)).toEqual({ outcome: 'created' });
    expect(troubled.sentCount()).toBe(1);
    await expectOpenedOnce();
  });

  it.each([
    ['the counters are busy', cancelled('None', 'None', 'None', 'None', 'TransactionConflict', 'None')],
    ['the request does not arrive', networkError()],
  ])('tries again when %s', async (_, error) => {
    const troubled = aTroubledStore([fails(error), passes]);
    expect(await troubled.store.create(OPENING, DEFAULT_RISK_LIMITS)).toEqual({ outcome: 'created' });
    await expectOpenedOnce();
  });

  it('tries again when the rule that stood in the way has gone by the time it looks', async () => {
    const limits = { ...DEFAULT_RISK_LIMITS, openCountMax: 1 };
    const names = { positionId: 'position-2', requestId: 'request-2', conditionId: '0xc2' };
    const other = aPosition({ state: 'buying', ...names });
    await store.create(other, limits);
    const afterwards: Plan = async (pass) => {
      const error: unknown = await pass().catch((reason: unknown) => reason);
      await store.save(aStep(other, aPosition({ state: 'voided', ...names })));
      throw error;
    };
    const troubled = aTroubledStore([afterwards, passes]);
    expect(await troubled.store.create(OPENING, limits)).toEqual({ outcome: 'created' });
    await expectOpenedOnce();
  });

  it('says that the outcome is unknown when nothing can be learned', async () => {
    const { store: blind } = aTroubledStore([fails(networkError())], Number.POSITIVE_INFINITY);
    await expect(blind.create(OPENING, DEFAULT_RISK_LIMITS)).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(await store.find('position-1')).toBeUndefined();
  });
});

describe('a halt by request id', () => {
  it('counts once when its answer is lost', async () => {
    const { store: troubled, sentCount } = aTroubledStore([losesAnswer()]);
    expect(await troubled.setHaltOnce('call-1', ['paper'], HALT, 0)).toBe('repeated');
    expect(sentCount()).toBe(1);
    expect((await store.getAccount('paper', 0)).halt).toEqual(HALT);
  });

  it('is written after a conflict with an opening', async () => {
    const { store: troubled, sentCount } = aTroubledStore([fails(cancelled('None', 'TransactionConflict')), passes]);
    expect(await troubled.setHaltOnce('call-1', ['paper'], HALT, 0)).toBe('new');
    expect(sentCount()).toBe(2);
    expect((await store.getAccount('paper', 0)).halt).toEqual(HALT);
  });
});

describe('what an operator changes', () => {
  const acting = { atMs: 7, by: 'alice', reason: 'bad day' };
  const listActions = async () => {
    const { Items = [] } = await dynoxide.client.send(new ScanCommand({ TableName: tableName }));
    return Items.filter(({ sk }) => String(sk).startsWith(ACTION_PREFIX)).map(parseActionRow);
  };

  it('is a row for each change, written with it', async () => {
    await store.setHalt('live', HALT);
    await store.setHalt('live', null, acting);
    // By whom is not known: there is nothing to tell.
    await store.setHalt('paper', null);
    await store.tighten('live', { budgetMicrosMax: 5_000_000n }, acting);
    await store.tighten('live', { budgetMicrosMax: 5_000_000n }, acting);
    await store.resetLimits('live', acting);
    await store.setHaltOnce('call-1', ['paper', 'live'], null, 7, 'API: bot');
    expect((await listActions()).map(({ actionId, ...told }) => told)).toEqual(
      expect.arrayContaining([
        { action: 'halt', mode: 'live', atMs: HALT.sinceMs, by: HALT.by, reason: HALT.reason, limits: null },
        { action: 'resume', mode: 'live', ...acting, limits: null },
        { action: 'tighten-limits', mode: 'live', ...acting, limits: { budgetMicrosMax: '5000000' } },
        { action: 'reset-limits', mode: 'live', ...acting, limits: null },
        { action: 'resume', mode: 'paper', atMs: 7, by: 'API: bot', reason: null, limits: null },
      ]),
    );
    expect(await listActions()).toHaveLength(6);
  });

  it('is a halt after a conflict and a lost answer as well, told once', async () => {
    const { store: troubled } = aTroubledStore([
      fails(cancelled('TransactionConflict', 'None')),
      losesAnswer(),
      passes,
    ]);
    await troubled.setHalt('paper', HALT);
    expect((await store.getAccount('paper', 0)).halt).toEqual(HALT);
    expect(await listActions()).toHaveLength(1);
    const { store: dead } = aTroubledStore([fails(networkError())]);
    await expect(dead.setHalt('paper', null)).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('counts once when its answer is lost', async () => {
    const { store: troubled, sentCount } = aTroubledStore([losesAnswer()]);
    expect(await troubled.tighten('live', { openCountMax: 1 }, acting)).toBe('tightened');
    expect(sentCount()).toBe(1);
    expect(await listActions()).toHaveLength(1);
  });

  it.each([
    { openCountMax: 'few' },
    { openCountMax: -1 },
    { budgetMicrosMax: 1.5 },
    { somethingNew: 1 },
    { atMs: 'yesterday' },
  ])('is not read from a corrupt row, which a reset removes: %o', async (fault) => {
    const row = { ...limitsKey('test', 'live'), ...acting, budgetMicrosMax: 5_000_000, ...fault };
    await dynoxide.client.send(new PutCommand({ TableName: tableName, Item: row }));
    await expect(store.findTightened('live')).rejects.toBeInstanceOf(CorruptRowError);
    await store.resetLimits('live', acting);
    expect(await store.findTightened('live')).toBeUndefined();
  });
});

describe('reading', () => {
  it.each([
    ['find', (blind: PositionStore) => blind.find('position-1')],
    ['findIdByRequest', (blind: PositionStore) => blind.findIdByRequest('request-1')],
    ['listDue', (blind: PositionStore) => blind.listDue(1, 1)],
    ['list', (blind: PositionStore) => blind.list()],
    ['listCorrupt', (blind: PositionStore) => blind.listCorrupt()],
    ['findMany', (blind: PositionStore) => blind.findMany(['position-1'])],
    ['listTimeline', (blind: PositionStore) => blind.listTimeline('position-1')],
    ['getAccount', (blind: PositionStore) => blind.getAccount('paper', 0)],
    ['findTightened', (blind: PositionStore) => blind.findTightened('paper')],
    ['claimCall', (blind: PositionStore) => blind.claimCall('call-1', 'exit position-1', 0)],
    ['findCall', (blind: PositionStore) => blind.findCall('call-1')],
  ])('%s says so when the table does not answer', async (_, read) => {
    const { store: blind } = aTroubledStore([], Number.POSITIVE_INFINITY);
    await expect(read(blind)).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('never takes a corrupt row for a position', async () => {
    await store.create(OPENING, DEFAULT_RISK_LIMITS);
    const row = { ...stateKey('position-1'), positionId: 'position-1', state: 'holding' };
    await dynoxide.client.send(new PutCommand({ TableName: tableName, Item: row }));
    await expect(store.find('position-1')).rejects.toBeInstanceOf(CorruptRowError);
    expect(await store.list()).toEqual([]);
    expect(await store.listCorrupt()).toEqual(['position-1']);
    expect(await store.findMany(['position-1'])).toEqual({ positions: [], corruptIds: ['position-1'] });
  });

  it.each([
    [2, 'reads'],
    [Number.POSITIVE_INFINITY, 'says that it could not read'],
  ])('asks again for rows that a batch leaves (%s times), and %s them', async (leftCount) => {
    await store.create(OPENING, DEFAULT_RISK_LIMITS);
    let calls = 0;
    const { client } = dynoxide;
    const send = async (command: BatchGetCommand) => {
      calls += 1;
      return calls <= leftCount ? { UnprocessedKeys: command.input.RequestItems } : client.send(command);
    };
    const busy = createDynamodbPositionStore(deps(Object.assign(Object.create(client), { send })));
    const reading = busy.findMany(['position-1']);
    if (leftCount === 2) expect(await reading).toEqual({ positions: [OPENING], corruptIds: [] });
    else await expect(reading).rejects.toBeInstanceOf(StoreUnavailableError);
    expect(calls).toBe(leftCount === 2 ? 3 : 5);
  });

  it('follows the pages of a long timeline and of a large table', async () => {
    await store.create(OPENING, DEFAULT_RISK_LIMITS);
    const evidence = { book: 'x'.repeat(35_000) };
    for (let version = 2; version <= 60; version += 1) {
      const row = toTimelineRow('position-1', { version, event: anEvent({ type: 'exit-requested' }), evidence }, 'c');
      await dynoxide.client.send(new PutCommand({ TableName: tableName, Item: row }));
    }
    const timeline = await store.listTimeline('position-1');
    expect(timeline.map(({ version }) => version)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
    expect(await store.list()).toEqual([OPENING]);
  });
});

describe('a halt of the operator', () => {
  const byApi = { ...HALT, by: apiHaltBy(undefined, 'arn:aws:iam::1:role/bot') };
  const haltsOf = async () => [(await store.getAccount('paper', 0)).halt, (await store.getAccount('live', 0)).halt];

  it.each([HALT, { ...HALT, by: null }])('by %o is neither lifted nor replaced through the API', async (own) => {
    await store.setHalt('live', own);
    expect(await store.setHaltOnce('halt', ['paper', 'live'], byApi, 0)).toBe('new');
    expect(await haltsOf()).toEqual([byApi, own]);
    expect(await store.setHaltOnce('resume', ['paper', 'live'], null, 0)).toBe('held');
    expect(await haltsOf()).toEqual([byApi, own]);
    expect(await store.findCall('resume')).toBeUndefined();
    expect(await store.setHaltOnce('resume', ['paper'], null, 0)).toBe('new');
    await store.setHalt('live', null);
    expect(await store.setHaltOnce('resume-2', ['live'], null, 0)).toBe('new');
    expect(await haltsOf()).toEqual([null, null]);
  });

  it.each([byApi, null])('that comes between the read and the write stays: %o', async (halt) => {
    await store.setHalt('live', byApi);
    const { store: raced } = aTroubledStore([
      async (pass) => {
        await store.setHalt('live', HALT);
        return pass();
      },
      passes,
    ]);
    expect(await raced.setHaltOnce('call', ['live'], halt, 0)).toBe(halt === null ? 'held' : 'new');
    expect(await haltsOf()).toEqual([null, HALT]);
  });
});
