import { describe, expect, it } from 'vitest';
import type { Position } from '#lib/domain/position/position.ts';
import { PositionNotFoundError, StoreUnavailableError, VersionConflictError } from '#lib/errors/errors.ts';
import { type WakeAwaitingDeps, wakeAwaiting } from '#lib/lifecycle/settle/wake-awaiting.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { createSettlingWallet } from '#test/fakes/settling-wallet.ts';

const awaiting = aPosition({ state: 'awaiting-resolution', mode: 'live' });
const DUE_AT_MS = awaiting.wakeUp.atMs;
const message: WakeMessage = { positionId: 'position-1', wakeUpId: 'v6', source: 'retry', to: 'settle' };

function worldOf(position: Position, nowMs = DUE_AT_MS, changes: Partial<WakeAwaitingDeps> = {}) {
  const wallet = createSettlingWallet(nowMs, position);
  const sent: [WakeMessage, number][] = [];
  const deps: WakeAwaitingDeps = {
    ...{ ...wallet.deps, accounts: {}, results: [], settlements: { live: wallet.settlement } },
    queue: { send: async (letter, atMs) => void sent.push([letter, atMs]) },
    ...changes,
  };
  return { wallet, sent, wake: (letter: Partial<WakeMessage> = {}) => wakeAwaiting(deps, { ...message, ...letter }) };
}

describe('a wake-up of a position whose market is over', () => {
  it('takes a step, and sends the message for the next one', async () => {
    const { wake, wallet, sent } = worldOf(awaiting);
    expect(await wake()).toEqual({ outcome: 'stepped', state: 'awaiting-resolution' });
    expect(wallet.facts()).toMatchObject([{ type: 'settlement-waited', reason: 'unresolved' }]);
    expect(sent).toEqual([
      [{ positionId: 'position-1', wakeUpId: 'v7', source: 'retry', to: 'settle' }, DUE_AT_MS + 10_000],
    ]);
  });

  it('is dropped once the position is closed', async () => {
    const { wake, sent } = worldOf(aPosition({ state: 'redeemed' }));
    expect(await wake()).toEqual({ outcome: 'dropped', reason: 'closed' });
    expect(sent).toEqual([]);
  });

  it('goes back to the exit queue where the market is not over', async () => {
    const { wake, sent, wallet } = worldOf(aPosition({ state: 'exiting' }));
    expect(await wake()).toEqual({ outcome: 'sent-on' });
    expect(sent).toEqual([[{ positionId: 'position-1', wakeUpId: 'v6', source: 'retry' }, DUE_AT_MS]]);
    expect(wallet.facts()).toEqual([]);
  });

  it('is dropped where the row names another one, which is not overdue', async () => {
    const { wake, wallet } = worldOf(awaiting, DUE_AT_MS + 4_999);
    expect(await wake({ wakeUpId: 'v5' })).toEqual({ outcome: 'dropped', reason: 'not-the-row' });
    expect(wallet.calls).toEqual([]);
    const overdue = worldOf(awaiting, DUE_AT_MS + 5_000);
    expect(await overdue.wake({ wakeUpId: 'v5' })).toMatchObject({ outcome: 'stepped' });
  });

  it('is sent again where it comes more than a second early', async () => {
    const { wake, sent, wallet } = worldOf(awaiting, DUE_AT_MS - 1_001);
    expect(await wake({ source: 'delay' })).toEqual({ outcome: 'sent-on' });
    expect(sent).toEqual([[{ ...message, source: 'delay', wakeUpId: 'v6' }, DUE_AT_MS]]);
    expect(wallet.calls).toEqual([]);
  });

  it('waits here where it comes less early', async () => {
    const { wake, wallet } = worldOf(awaiting, DUE_AT_MS - 1_000);
    expect(await wallet.clock.run(wake())).toMatchObject({ outcome: 'stepped' });
    expect(wallet.changes[0]?.event.atMs).toBe(DUE_AT_MS);
  });

  it('takes its step at once by hand, whatever the row names', async () => {
    const { wake, wallet } = worldOf(awaiting, DUE_AT_MS - 60_000);
    expect(await wake({ source: 'by-hand', wakeUpId: 'v1' })).toMatchObject({ outcome: 'stepped' });
    expect(wallet.changes[0]?.event.atMs).toBe(DUE_AT_MS - 60_000);
  });

  it('is dropped while an attempt is leased', async () => {
    const attempts = [aLiveAttempt({ phase: { phase: 'posting', leaseUntilMs: DUE_AT_MS + 1 } })];
    const { wake, wallet } = worldOf({ ...awaiting, attempts });
    expect(await wake()).toEqual({ outcome: 'dropped', reason: 'lease-held' });
    expect(wallet.calls).toEqual([]);
  });

  it('is dropped where another invocation changed the row meanwhile', async () => {
    const { wallet, sent, wake } = worldOf(awaiting);
    wallet.deps.store.save = async () => Promise.reject(new VersionConflictError('moved'));
    expect(await wake()).toEqual({ outcome: 'dropped', reason: 'overtaken' });
    expect(sent).toEqual([]);
  });

  it('fails where the table does not answer, and where there is no row', async () => {
    const { wallet, wake } = worldOf(awaiting);
    wallet.deps.store.save = async () => Promise.reject(new StoreUnavailableError('No answer'));
    await expect(wake()).rejects.toThrow(StoreUnavailableError);
    await expect(wake({ positionId: 'position-9' })).rejects.toThrow(PositionNotFoundError);
  });
});
