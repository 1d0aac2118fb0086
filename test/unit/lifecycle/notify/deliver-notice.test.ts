import { describe, expect, it } from 'vitest';
import {
  InvariantError,
  RateLimitedError,
  RejectedByUpstreamError,
  StoreUnavailableError,
  UpstreamUnavailableError,
} from '#lib/errors/errors.ts';
import { deliverNotice, noticeRetryDelayMs } from '#lib/lifecycle/notify/deliver-notice.ts';
import type { Notice } from '#lib/ports/notifier.ts';
import type { NoticeLedger } from '#lib/ports/store/notice-ledger.ts';
import { QUEUE_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import { createFakeNoticeLedger } from '#test/contract/notice-ledger-fake.ts';
import { anAlert } from '#test/factories/an-alert.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';

const NOW_MS = 1_773_307_380_000;
const alert = anAlert();
const ALERT: Notice = {
  kind: 'event',
  event: { type: 'position-alert', positionId: alert.positionId, version: alert.version, alert },
};

function aWorld(overrides: Partial<NoticeLedger> = {}) {
  const clock = createFakeClock(NOW_MS);
  const told: Notice[] = [];
  const failures: Error[] = [];
  const notifier = {
    notify: async (notice: Notice) => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      told.push(notice);
    },
  };
  const deps = { clock, notifier, ledger: { ...createFakeNoticeLedger(clock), ...overrides } };
  const deliver = (noticeKey = 'k', notice = ALERT) =>
    clock.run(deliverNotice(deps, { notice, noticeKey, deadlineAtMs: clock.nowMs() + 10_000 }));
  return { clock, told, failures, deps, deliver };
}

describe('deliverNotice', () => {
  it('notifies once, however often the message is delivered', async () => {
    const { told, deliver } = aWorld();
    expect(await deliver()).toEqual({ outcome: 'delivered', remembered: true });
    expect(await deliver()).toEqual({ outcome: 'already-delivered' });
    expect(await deliver('another')).toEqual({ outcome: 'delivered', remembered: true });
    expect(told).toHaveLength(2);
  });

  it('does not notify of a canary, and notes its notice in the ledger', async () => {
    const { told, deps, deliver } = aWorld();
    const position = { ...alert.position, origin: 'canary' };
    const event = { ...alert, position };
    const notice: Notice = {
      kind: 'event',
      event: { type: 'position-alert', positionId: alert.positionId, version: alert.version, alert: event },
    };
    expect(await deliver('k', notice)).toEqual({ outcome: 'canary-seen' });
    expect(told).toEqual([]);
    expect(await deps.ledger.isSent('k')).toBe(true);
  });

  it("delivers a canary's notice again when it could not be noted", async () => {
    const { deliver } = aWorld({
      markSent: async () => {
        throw new StoreUnavailableError('throttled');
      },
    });
    const position = { ...alert.position, origin: 'canary' };
    const event = { type: 'position-alert', positionId: 'p', version: 1, alert: { ...alert, position } } as const;
    await expect(deliver('k', { kind: 'event', event })).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('does not tell that an alarm of a new deployment has its first data, and tells that another is over', async () => {
    const { deliver } = aWorld();
    const over = { kind: 'watch-alarm', name: 'a', state: 'OK', impact: null, reason: null, runbook: null } as const;
    expect(await deliver('first', { ...over, wasNeverRaised: true })).toEqual({ outcome: 'not-news' });
    expect(await deliver('over', over)).toMatchObject({ outcome: 'delivered' });
  });

  it('does not notify of a change of state that is not news', async () => {
    const { told, deliver } = aWorld();
    const { position, positionId, version } = alert;
    const event = {
      type: 'position-state-changed',
      positionId,
      version,
      from: 'holding',
      to: 'exiting',
      position,
    } as const;
    expect(await deliver('k', { kind: 'event', event: { ...event, isNews: false } })).toEqual({ outcome: 'not-news' });
    expect(told).toEqual([]);
    await deliver('k', { kind: 'event', event: { ...event, isNews: true } });
    expect(told).toHaveLength(1);
  });

  it('asks for another delivery while another invocation delivers it, because that one may crash', async () => {
    const { clock, told, deps, deliver } = aWorld();
    await deps.ledger.claim('k', 5_000);
    await expect(deliver()).rejects.toBeInstanceOf(RateLimitedError);
    expect(told).toEqual([]);
    await clock.advanceBy(5_000);
    expect(await deliver()).toMatchObject({ outcome: 'delivered' });
  });

  it('waits as long as the receiver asks and tries again', async () => {
    const { clock, told, failures, deliver } = aWorld();
    failures.push(new RateLimitedError('Wait', 1_500), new RateLimitedError('Wait', 700));
    expect(await deliver()).toMatchObject({ outcome: 'delivered' });
    expect(clock.nowMs()).toBe(NOW_MS + 2_200);
    expect(told).toHaveLength(1);
  });

  it.each([
    [5_000, 'waits', NOW_MS + 5_000],
    [5_001, 'leaves it to the queue', NOW_MS],
  ])('asked for %s ms, half of its time, %s: a request needs 5 s', async (askedMs, _does, endsAtMs) => {
    const { clock, failures, deliver } = aWorld();
    failures.push(new RateLimitedError('Wait', askedMs));
    await deliver().catch(() => undefined);
    expect(clock.nowMs()).toBe(endsAtMs);
  });

  it.each([
    ['what is left of its time', 10_000, 12_000],
    ['nothing, where its time is over,', -3_000, 2_000],
  ])('holds its claim for %s and 2 s', async (_what, leftMs, leaseMs) => {
    const claims: number[] = [];
    const busy: NoticeLedger['claim'] = async (_key, askedMs) => {
      claims.push(askedMs);
      return 'busy';
    };
    const { deps } = aWorld({ claim: busy });
    const command = { notice: ALERT, noticeKey: 'k', deadlineAtMs: NOW_MS + leftMs };
    await expect(deliverNotice(deps, command)).rejects.toMatchObject({ retryAfterMs: leaseMs });
    expect(claims).toEqual([leaseMs]);
  });

  it('does not notify when the claim fails in another way than by a ledger that is away', async () => {
    const failure = new InvariantError('A bug');
    const { told, deliver } = aWorld({ claim: () => Promise.reject(failure) });
    await expect(deliver()).rejects.toBe(failure);
    expect(told).toEqual([]);
  });

  it('does not release a claim that it did not make', async () => {
    const released: string[] = [];
    const { failures, deliver } = aWorld({
      claim: () => Promise.reject(new StoreUnavailableError('throttled')),
      release: async (key) => void released.push(key),
    });
    failures.push(new UpstreamUnavailableError('Away'));
    await expect(deliver()).rejects.toBeInstanceOf(UpstreamUnavailableError);
    expect(released).toEqual([]);
  });

  it('leaves a longer wait to the queue and releases the claim', async () => {
    const { clock, told, failures, deliver } = aWorld();
    failures.push(new RateLimitedError('Wait', 60_000));
    await expect(deliver()).rejects.toMatchObject({ retryAfterMs: 60_000 });
    expect(clock.nowMs()).toBe(NOW_MS);
    expect(await deliver()).toMatchObject({ outcome: 'delivered' });
    expect(told).toHaveLength(1);
  });

  it.each([new UpstreamUnavailableError('Away'), new RejectedByUpstreamError('No')])(
    'passes $name on and lets the next delivery try at once',
    async (failure) => {
      const { failures, deliver } = aWorld();
      failures.push(failure);
      await expect(deliver()).rejects.toBe(failure);
      expect(await deliver()).toMatchObject({ outcome: 'delivered' });
    },
  );

  it('notifies of an alert although the ledger does not answer', async () => {
    const away = async () => {
      throw new StoreUnavailableError('The notice ledger did not answer');
    };
    const { told, deliver } = aWorld({ claim: away, markSent: away, release: away });
    expect(await deliver()).toEqual({ outcome: 'delivered', remembered: false });
    expect(told).toHaveLength(1);
  });

  it('does not ask for another delivery when only the mark fails', async () => {
    const { told, deliver } = aWorld({
      markSent: async () => {
        throw new StoreUnavailableError('The notice ledger did not answer');
      },
    });
    expect(await deliver()).toEqual({ outcome: 'delivered', remembered: false });
    expect(told).toHaveLength(1);
  });

  it('notifies twice rather than never when an invocation crashes before the mark', async () => {
    const { clock, told, deliver } = aWorld({
      markSent: async () => {
        throw new InvariantError('The process dies here');
      },
    });
    await expect(deliver()).rejects.toBeInstanceOf(InvariantError);
    await clock.advanceBy(12_000);
    await expect(deliver()).rejects.toBeInstanceOf(InvariantError);
    expect(told).toHaveLength(2);
  });
});

describe('a notice that could not be delivered', () => {
  it('is tried again when Discord asks for it', () => {
    expect(noticeRetryDelayMs(new RateLimitedError('wait', 42_000), 3)).toBe(42_000);
  });

  it('waits longer each time when the receiver asks for little, so that its tries are not used up within seconds', () => {
    const asked = new RateLimitedError('wait', 500);
    const delays = [1, 2, 3, 4, 5, 6, 7].map((receiveCount) => noticeRetryDelayMs(asked, receiveCount));
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000]);
  });

  it('is tried again after pauses that outlast an hour without Discord', () => {
    const down = new UpstreamUnavailableError('down');
    const tries = Array.from({ length: QUEUE_DELIVERY.discord.receiveCountMax - 1 }, (_, index) => index + 1);
    const delays = tries.map((receiveCount) => noticeRetryDelayMs(down, receiveCount));
    expect(delays).toEqual([60_000, 120_000, 240_000, 480_000, 900_000, 900_000, 900_000]);
    expect(delays.reduce((sum, delay) => sum + delay, 0)).toBeGreaterThanOrEqual(3_600_000);
    expect(noticeRetryDelayMs(down, 40)).toBe(900_000);
  });
});
