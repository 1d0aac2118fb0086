import { describe, expect, it } from 'vitest';
import { ConfigError, RejectedByUpstreamError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { type Check, createReadiness, ok, type PlannedCheck, red, runChecks } from '#lib/lifecycle/check/check.ts';
import { planDeploymentChecks } from '#lib/lifecycle/check/deployment-checks.ts';
import { planMarketChecks } from '#lib/lifecycle/check/market-checks.ts';
import { planSettlementChecks } from '#lib/lifecycle/check/settlement-checks.ts';
import { planVenueChecks, type VenueCheckDeps } from '#lib/lifecycle/check/venue-checks.ts';
import { planWalletChecks, type WalletKey } from '#lib/lifecycle/check/wallet-checks.ts';
import type { Deployment } from '#lib/ports/deployment.ts';
import type { VenueAccount } from '#lib/ports/venue/venue-account.ts';
import type { ApprovalReading } from '#lib/ports/wallet/approval-readings.ts';
import type { NeededApproval, WalletInspection } from '#lib/ports/wallet/wallet-inspection.ts';
import { aMarket, UNTRADABLE_MARKET } from '#test/factories/a-market.ts';

const NOW_MS = 1_773_307_200_000;
const clock = { nowMs: () => NOW_MS };

const NOTHING = { balanceMicros: 0n, allowancesMicros: new Map<string, bigint>() };
const GOOD_ACCOUNT: VenueAccount = {
  getTimeMs: async () => NOW_MS,
  getProtocolVersion: async () => 2,
  getGeoblock: async () => ({ blocked: false, country: 'IE' }),
  isClosedOnly: async () => false,
  getCollateral: async (type) => (type === 2 ? { ...NOTHING, balanceMicros: 40_000_000n } : NOTHING),
};
const NEEDED = [
  { purpose: 'sell', marketVersion: 'v1', contract: '0xc', spender: '0xe' },
  { purpose: 'sell-neg-risk', marketVersion: 'v1', contract: '0xc', spender: '0xn' },
] as const;
const GOOD_INSPECTION: WalletInspection = {
  walletAddress: '0xw',
  neededApprovals: NEEDED,
  getChain: async () => ({ chainId: 137, blockAtMs: NOW_MS - 2_000 }),
  getCollateralMicros: async () => 40_000_000n,
  getGasWei: async () => 2n * 10n ** 18n,
  listApprovals: async () => NEEDED.map((each) => ({ ...each, isGranted: true })),
};
const GOOD_DEPLOYMENT: Deployment = {
  listParts: async () => [],
  getConcurrency: async () => 1_000,
};

const down = (): Promise<never> => Promise.reject(new UpstreamUnavailableError('The server is not available'));

async function checkVenue(account: Partial<VenueAccount>, deps: Partial<VenueCheckDeps> = {}) {
  const wired = {
    clock,
    account: { ...GOOD_ACCOUNT, ...account },
    signatureType: 2,
    maintenance: [],
    ...deps,
  } as const;
  return byName(await runChecks(planVenueChecks(wired), NOW_MS + 1_000));
}
const KEY = { signatureType: 2, loadAddress: async () => '0xKey' } as const;
const checkWallet = async (inspection: Partial<WalletInspection>, key: WalletKey = KEY) =>
  byName(await runChecks(planWalletChecks({ clock, key, inspection: { ...GOOD_INSPECTION, ...inspection } }), NOW_MS));
const checkSettlement = async (
  inspection: Partial<WalletInspection>,
  key: WalletKey = KEY,
  loadRelayer: (() => Promise<string>) | null = null,
) =>
  byName(
    await runChecks(
      planSettlementChecks({ inspection: { ...GOOD_INSPECTION, ...inspection }, key, loadRelayer }),
      NOW_MS,
    ),
  );
const checkDeployment = async (deployment: Partial<Deployment>, lastTimerMs: number | null = NOW_MS - 60_000) =>
  byName(
    await runChecks(
      planDeploymentChecks({
        clock,
        deployment: { ...GOOD_DEPLOYMENT, ...deployment },
        findLastTimerMs: async () => lastTimerMs,
      }),
      NOW_MS,
    ),
  );

const byName = (checks: readonly Check[]): Record<string, Check> =>
  Object.fromEntries(checks.map((check) => [check.name, check]));

describe('the checks before live trading', () => {
  it('pass when nothing is wrong, without advice', async () => {
    const checks = [await checkVenue({}), await checkWallet({}), await checkDeployment({})].flatMap(Object.values);
    expect(checks).toHaveLength(21);
    expect(checks.filter(({ status, advice }) => status !== 'ok' || advice !== null)).toEqual([]);
  });

  it.each<readonly [string, Partial<VenueAccount>, string, RegExp]>([
    ['clock', { getTimeMs: async () => NOW_MS - 9_000 }, 'red', /8\.0 s/],
    ['clock', { getTimeMs: async () => NOW_MS + 3_000 }, 'warning', /3\.0 s/],
    ['clock', { getTimeMs: down }, 'red', /not available/],
    ['order protocol', { getProtocolVersion: async () => 3 }, 'red', /version 3/],
    ['country', { getGeoblock: async () => ({ blocked: true, country: 'US' }) }, 'red', /US/],
    ['country', { getGeoblock: down }, 'warning', /not available/],
    ['credentials', { isClosedOnly: async () => true }, 'red', /only sell/],
    [
      'credentials',
      { isClosedOnly: (): Promise<boolean> => Promise.reject(new RejectedByUpstreamError('no')) },
      'red',
      /does not accept/,
    ],
    ['order protocol', { getProtocolVersion: down }, 'warning', /not available/],
    ['credentials', { isClosedOnly: down }, 'warning', /not available/],
    ['cash', { getCollateral: async () => NOTHING }, 'red', /sees none/],
    ['cash', { getCollateral: down }, 'red', /not available/],
  ])('see at the venue: %s, case %#', async (name, account, status, found) => {
    const check = (await checkVenue(account))[name];
    expect(check).toMatchObject({ status, found: expect.stringMatching(found), advice: expect.stringMatching(/\w/) });
    expect(check?.isHard).toBe(true);
  });

  it('name the signature type that holds the cash', async () => {
    const { cash } = await checkVenue({}, { signatureType: 0 });
    expect(cash).toMatchObject({ status: 'red', advice: expect.stringContaining('LIVE_SIGNATURE_TYPE to 2') });
  });

  it('pass with the cash of the configured type when the venue returns no other', async () => {
    const getCollateral: VenueAccount['getCollateral'] = (type, untilMs) =>
      type === 2 ? GOOD_ACCOUNT.getCollateral(type, untilMs) : down();
    expect((await checkVenue({ getCollateral })).cash).toMatchObject({ status: 'ok' });
    expect((await checkVenue({ getCollateral: async (type) => (type === 2 ? NOTHING : down()) })).cash).toMatchObject({
      status: 'red',
      found: expect.stringContaining('sees none'),
    });
  });

  it.each([
    [0, 'ok', "agrees with the venue's"],
    [-1_000, 'ok', "agrees with the venue's"],
    [-3_000, 'ok', "differs from the venue's by 2.0 s"],
    [-3_001, 'warning', "differs from the venue's by 2.0 s"],
    [-6_000, 'warning', "differs from the venue's by 5.0 s"],
    [-6_001, 'red', "differs from the venue's by 5.0 s"],
    [2_000, 'ok', "differs from the venue's by 2.0 s"],
    [2_001, 'warning', "differs from the venue's by 2.0 s"],
    [5_000, 'warning', "differs from the venue's by 5.0 s"],
    [5_001, 'red', "differs from the venue's by 5.0 s"],
  ])("allow for the venue's whole seconds: a time %i ms from ours is %s", async (aheadMs, status, found) => {
    const { clock: check } = await checkVenue({ getTimeMs: async () => NOW_MS + aheadMs });
    expect(check).toMatchObject({ status, found });
  });

  const DAY_MS = 86_400_000;
  it.each([
    ['no window', [], 'ok', 'no window is set (MAINTENANCE_WINDOWS)'],
    ['a window that ends now', [[-60_000, 0]], 'ok', 'no window is set (MAINTENANCE_WINDOWS)'],
    ['an open window', [[-60_000, 1]], 'warning', 'a window is open until 2026-03-12T09:20:00.001Z'],
    ['a window that starts now', [[0, 60_000]], 'warning', 'a window is open until 2026-03-12T09:21:00.000Z'],
    ['a window within a day', [[DAY_MS, DAY_MS + 1]], 'warning', 'next window 2026-03-13T09:20:00.000Z'],
    ['a later window', [[DAY_MS + 1, DAY_MS + 2]], 'ok', 'next window 2026-03-13T09:20:00.001Z'],
    [
      'several windows, by the next one',
      [
        [3 * DAY_MS, 4 * DAY_MS],
        [3_600_000, 7_200_000],
        [2 * DAY_MS, 3 * DAY_MS],
      ],
      'warning',
      'next window 2026-03-12T10:20:00.000Z',
    ],
  ] as const)('judge maintenance, and stop nothing: %s', async (_name, spans, status, found) => {
    const maintenance = spans.map(([fromMs, toMs]) => ({ startsAtMs: NOW_MS + fromMs, endsAtMs: NOW_MS + toMs }));
    const { maintenance: check } = await checkVenue({}, { maintenance });
    expect(check).toMatchObject({ status, found, isHard: false });
  });

  it.each<readonly [string, Partial<WalletInspection>, string]>([
    ['chain', { getChain: async () => ({ chainId: 1, blockAtMs: NOW_MS }) }, 'red'],
    ['chain', { getChain: async () => ({ chainId: 137, blockAtMs: NOW_MS - 90_000 }) }, 'warning'],
    ['chain', { getChain: down }, 'warning'],
    ['cash on chain', { getCollateralMicros: async () => 0n }, 'warning'],
    ['approvals', { listApprovals: down }, 'red'],
    [
      'approvals',
      {
        listApprovals: async () => [
          { purpose: 'sell', marketVersion: 'v1', contract: '0xc', spender: '0xe', isGranted: false },
        ],
      },
      'red',
    ],
    [
      'approvals',
      {
        listApprovals: async () => [
          { purpose: 'buy-neg-risk', marketVersion: 'v1', contract: '0xc', spender: '0xe', isGranted: false },
        ],
      },
      'warning',
    ],
  ])('see on the chain: %s, case %#', async (name, inspection, status) => {
    expect((await checkWallet(inspection))[name]).toMatchObject({ status, advice: expect.stringMatching(/\w/) });
  });

  it.each([
    [60_000, 'ok', 'Polygon, newest block 60 s old'],
    [60_001, 'warning', 'Polygon, newest block 60 s old'],
    [-1, 'ok', 'Polygon, newest block 0 s old'],
  ])('judge a newest block that is %i ms old as %s', async (ageMs, status, found) => {
    const { chain } = await checkWallet({ getChain: async () => ({ chainId: 137, blockAtMs: NOW_MS - ageMs }) });
    expect(chain).toMatchObject({ status, found });
  });

  it('stop openings for the chain, the key and the approvals, not for cash on the chain', async () => {
    const hard = Object.values(await checkWallet({})).filter(({ isHard }) => isHard);
    expect(hard.map(({ name }) => name)).toEqual(['chain', 'key', 'approvals', 'approvals v2']);
  });

  describe('of approvals that cannot be read', () => {
    const PROVEN = { readAtMs: NOW_MS, granted: [{ contract: '0xC', spender: '0xE' }] };
    const world = (stored?: ApprovalReading, needed: readonly NeededApproval[] = NEEDED) => {
      const rows = new Map(stored === undefined ? [] : [['0xw', stored]]);
      const readings = {
        find: async (wallet: string) => rows.get(wallet),
        save: async (wallet: string, reading: ApprovalReading) => void rows.set(wallet, reading),
      };
      let [nowMs, isDown, granted] = [NOW_MS, stored !== undefined, ['0xe', '0xn']];
      const inspection: WalletInspection = {
        ...GOOD_INSPECTION,
        neededApprovals: needed,
        listApprovals: async () =>
          isDown ? down() : needed.map((each) => ({ ...each, isGranted: granted.includes(each.spender) })),
      };
      const checks = planWalletChecks({ clock: { nowMs: () => nowMs }, key: KEY, inspection, readings });
      return {
        rows,
        pass: (ms: number) => {
          nowMs += ms;
        },
        setDown: (value: boolean) => {
          isDown = value;
        },
        grant: (spenders: string[]) => {
          granted = spenders;
        },
        check: async () => byName(await runChecks(checks, nowMs)).approvals,
        isBlocked: async () =>
          (await createReadiness({ clock, checks }).listBlockers('live', nowMs)).some(
            ({ check }) => check === 'approvals',
          ),
      };
    };

    it('stop openings when there was no reading within a day', async () => {
      const { pass, setDown, check, isBlocked } = world();
      expect(await check()).toMatchObject({ status: 'ok' });
      setDown(true);
      pass(86_400_000);
      expect(await check()).toMatchObject({ status: 'warning', found: 'could not be read; 24 h ago all were set' });
      expect(await isBlocked()).toBe(false);
      pass(1);
      expect(await check()).toMatchObject({ status: 'red', found: 'The server is not available' });
      expect(await isBlocked()).toBe(true);
    });

    it('stop openings at once when the last reading found one missing', async () => {
      const { setDown, grant, check, isBlocked } = world();
      await check();
      grant([]);
      await check();
      setDown(true);
      expect(await check()).toMatchObject({ status: 'red', found: expect.stringContaining('missing: sell') });
      expect(await isBlocked()).toBe(true);
    });

    it('stop openings when something else is needed than was read then', async () => {
      const other = world({ readAtMs: NOW_MS, granted: [{ contract: '0xc', spender: '0xold' }] });
      expect(await other.check()).toMatchObject({ status: 'red' });
      expect(await world(PROVEN).check()).toMatchObject({
        status: 'warning',
        found: 'could not be read; 0 min ago missing: sell-neg-risk',
      });
    });

    it.each([
      [3_540_000, '59 min'],
      [3_600_000, '1 h'],
    ])('say how old the reading is, %i ms as %s', async (agoMs, ago) => {
      const { pass, setDown, check } = world();
      await check();
      setDown(true);
      pass(agoMs);
      expect(await check()).toMatchObject({ status: 'warning', found: `could not be read; ${ago} ago all were set` });
    });

    it('say what failed, and stop openings, where readings are not kept', async () => {
      const { approvals } = await checkWallet({ listApprovals: down });
      expect(approvals).toMatchObject({ status: 'red', found: 'The server is not available' });
    });

    it('count an approval for its own contract only', async () => {
      const other = world({ readAtMs: NOW_MS, granted: [{ contract: '0xother', spender: '0xe' }] });
      expect(await other.check()).toMatchObject({
        status: 'red',
        found: 'could not be read; 0 min ago missing: sell, sell-neg-risk',
      });
    });

    it('write a reading when one approval of several is replaced', async () => {
      const third = { purpose: 'buy', marketVersion: 'v1', contract: '0xc', spender: '0xb' } as const;
      const { rows, grant, check } = world(undefined, [...NEEDED, third]);
      grant(['0xe', '0xn']);
      await check();
      grant(['0xe', '0xb']);
      await check();
      expect(rows.get('0xw')?.granted.map(({ spender }) => spender)).toEqual(['0xe', '0xb']);
    });

    it('write a reading once an hour, and when it changes', async () => {
      const { rows, pass, grant, check } = world();
      await check();
      pass(3_599_999);
      await check();
      expect(rows.get('0xw')?.readAtMs).toBe(NOW_MS);
      pass(1);
      await check();
      expect(rows.get('0xw')?.readAtMs).toBe(NOW_MS + 3_600_000);
      grant([]);
      pass(1);
      await check();
      expect(rows.get('0xw')).toEqual({ readAtMs: NOW_MS + 3_600_001, granted: [] });
    });

    it('count as they were read now, when the reading cannot be kept', async () => {
      const readings = { find: down, save: down };
      const checks = planWalletChecks({ clock, key: KEY, inspection: GOOD_INSPECTION, readings });
      expect(byName(await runChecks(checks, NOW_MS)).approvals?.status).toBe('ok');
    });
  });

  it.each<readonly [Deployment['getConcurrency'], string]>([
    [async () => 49, 'warning'],
    [async () => 50, 'ok'],
    [async () => null, 'ok'],
    [down, 'warning'],
  ])('see how many functions the account may run, case %#', async (getConcurrency, status) => {
    expect((await checkDeployment({ getConcurrency })).concurrency).toMatchObject({ status, isHard: false });
  });

  it.each([
    [10n ** 18n, 'ok', '1.0000 POL'],
    [99n * 10n ** 16n, 'warning', '0.9900 POL'],
    [3n * 10n ** 17n, 'warning', '0.3000 POL'],
    [3n * 10n ** 17n - 1n, 'red', '0.2999 POL'],
    [0n, 'red', '0.0000 POL'],
  ])('judge %i wei of the key as %s', async (wei, status, found) => {
    const asked: string[] = [];
    const getGasWei = async (address: string) => {
      asked.push(address);
      return wei;
    };
    const { gas } = await checkSettlement({ getGasWei });
    expect(gas).toMatchObject({ status, found, isHard: false });
    expect(asked).toEqual(['0xKey']);
    if (status !== 'ok') expect(gas?.advice).toMatch(/Send POL to the key, 0xKey, and keep at least 1 POL/);
  });

  it('ask for no gas where the relayer pays', async () => {
    const type3 = { ...KEY, signatureType: 3 } as const;
    const loadRelayer = async () => 'of 0xRelayed';
    const { gas, 'relayer key': relayer } = await checkSettlement({}, type3, loadRelayer);
    expect(gas).toBeUndefined();
    expect(relayer).toMatchObject({ status: 'ok', found: 'of 0xRelayed' });
    const { 'relayer key': none } = await checkSettlement({}, type3);
    expect(none).toMatchObject({
      status: 'warning',
      isHard: false,
      advice: expect.stringContaining('LIVE_RELAYER_SECRET'),
    });
    const empty = () => Promise.reject(new ConfigError('A secret is empty'));
    expect((await checkSettlement({}, type3, empty))['relayer key']).toMatchObject({ status: 'red' });
  });

  it('stop openings without a key, and with the key of another wallet', async () => {
    const empty = () => Promise.reject(new ConfigError('A secret cannot be read'));
    expect((await checkWallet({}, { ...KEY, loadAddress: empty })).key).toMatchObject({ status: 'red', isHard: true });
    expect((await checkWallet({}, { ...KEY, signatureType: 0 })).key).toMatchObject({
      status: 'red',
      advice: expect.stringContaining('LIVE_WALLET_ADDRESS is 0xw'),
    });
    const own = { signatureType: 0, loadAddress: async () => '0xW' } as const;
    expect((await checkWallet({}, own)).key?.status).toBe('ok');
  });

  it('warn when no timer has fired for more than 15 minutes', async () => {
    const timerOf = async (lastMs: number | null) => (await checkDeployment({}, lastMs)).timer;
    const found = 'the last one fired 15 min ago';
    expect(await timerOf(NOW_MS - 900_000)).toMatchObject({ status: 'ok', found });
    expect(await timerOf(NOW_MS - 900_001)).toMatchObject({ status: 'warning', found });
    expect(await timerOf(NOW_MS + 1)).toMatchObject({ status: 'ok', found: 'the last one fired 0 min ago' });
    expect(await timerOf(null)).toMatchObject({ status: 'warning', found: 'no timer has woken a canary yet' });
  });

  it.each([
    [aMarket(), 'ok'],
    [UNTRADABLE_MARKET, 'red'],
    [undefined, 'warning'],
  ] as const)('see whether the running market can be traded, case %#', async (market, status) => {
    const marketData = { findMarket: async () => market };
    const facts = { listDrifts: async () => [] };
    const [check] = await runChecks(planMarketChecks({ clock, marketData, facts }), NOW_MS);
    expect(check).toMatchObject({ status, isHard: false });
  });

  it.each([
    [async () => [], 'ok', /as this release assumes/],
    [async () => ['the fee rate is 0.1; 0.07 is assumed', 'x'], 'warning', /^the fee rate is 0.1; 0.07 is assumed; x$/],
    [down, 'warning', /not available/],
  ] as const)('warn when the venue is not as assumed, case %#', async (listDrifts, status, found) => {
    const marketData = { findMarket: async () => undefined };
    const checks = await runChecks(planMarketChecks({ clock, marketData, facts: { listDrifts } }), NOW_MS);
    expect(byName(checks)['venue facts']).toMatchObject({ status, found: expect.stringMatching(found), isHard: false });
  });

  it("do not show the text of a library's error", async () => {
    const getTimeMs = () => Promise.reject(new Error('key 0xdeadbeef'));
    expect((await checkVenue({ getTimeMs })).clock?.found).toBe('could not be read');
  });
});

describe('live mode', () => {
  const readinessOf = (account: VenueAccount, atMs: () => number) =>
    createReadiness({
      clock: { nowMs: atMs },
      checks: planVenueChecks({ clock, account, signatureType: 2, maintenance: [] }),
    });

  it('is stopped by a hard check that is red, which is named with its advice', async () => {
    const readiness = readinessOf({ ...GOOD_ACCOUNT, isClosedOnly: async () => true }, clock.nowMs);
    expect(await readiness.listBlockers('live', NOW_MS)).toMatchObject([{ check: 'credentials', marketVersion: null }]);
    expect(await readiness.listBlockers('paper', NOW_MS)).toEqual([]);
  });

  it('repeats the checks a minute after a pass, and at once after a failure', async () => {
    let nowMs = NOW_MS;
    let isClosedOnly = false;
    const readiness = readinessOf({ ...GOOD_ACCOUNT, isClosedOnly: async () => isClosedOnly }, () => nowMs);
    expect(await readiness.listBlockers('live', NOW_MS)).toEqual([]);
    isClosedOnly = true;
    nowMs += 59_999;
    expect(await readiness.listBlockers('live', NOW_MS)).toEqual([]);
    nowMs += 1;
    expect(await readiness.listBlockers('live', NOW_MS)).not.toEqual([]);
    isClosedOnly = false;
    expect(await readiness.listBlockers('live', NOW_MS)).toEqual([]);
  });

  const aCheck = (name: string, of: Partial<PlannedCheck>): PlannedCheck => ({
    ...{ name, isHard: true, whenUnread: 'red', adviceWhenUnread: '', run: async () => ok('fine') },
    ...of,
  });

  it('is not stopped by a check that is not hard, which is not run', async () => {
    let runCount = 0;
    const run = async () => {
      runCount += 1;
      return red('bad', 'Mend it.');
    };
    const readiness = createReadiness({ clock, checks: [aCheck('soft', { isHard: false, run })] });
    expect(await readiness.listBlockers('live', NOW_MS)).toEqual([]);
    expect(runCount).toBe(0);
  });

  it('is told the advice of a check, or what it found where there is none', async () => {
    const checks = [
      aCheck('advised', { marketVersion: 'v2', run: async () => red('bad', 'Mend it.') }),
      aCheck('bare', { run: async () => ({ status: 'red', found: 'bad', advice: null }) }),
    ];
    expect(await createReadiness({ clock, checks }).listBlockers('live', NOW_MS)).toEqual([
      { check: 'advised', advice: 'Mend it.', marketVersion: 'v2' },
      { check: 'bare', advice: 'bad', marketVersion: null },
    ]);
  });

  it('reuses what passed earlier for a minute, also in the later pass of another version', async () => {
    let nowMs = NOW_MS;
    const bad = new Set<string>(['second']);
    const ran: string[] = [];
    const checkOf = (name: string, of: Partial<PlannedCheck>) =>
      aCheck(name, {
        ...of,
        run: async () => {
          ran.push(name);
          return bad.has(name) ? red('bad', 'Mend it.') : ok('fine');
        },
      });
    const checks = [
      checkOf('shared', {}),
      checkOf('first', { marketVersion: 'v1' }),
      checkOf('second', { marketVersion: 'v2' }),
    ];
    const readiness = createReadiness({ clock: { nowMs: () => nowMs }, checks });
    const runAt = async (atMs: number, ...badNow: string[]) => {
      nowMs = NOW_MS + atMs;
      bad.clear();
      for (const name of badNow) bad.add(name);
      ran.length = 0;
      const blockers = await readiness.listBlockers('live', nowMs);
      return { ran: [...ran], blockers: blockers.map(({ check }) => check) };
    };
    expect(await runAt(0, 'second')).toEqual({ ran: ['shared', 'first', 'second'], blockers: ['second'] });
    expect(await runAt(30_000)).toEqual({ ran: ['second'], blockers: [] });
    expect(await runAt(59_999, 'shared')).toEqual({ ran: [], blockers: [] });
    expect(await runAt(60_000, 'shared')).toEqual({ ran: ['shared', 'first', 'second'], blockers: ['shared'] });
    expect(await runAt(61_000, 'first')).toEqual({ ran: ['shared', 'first', 'second'], blockers: ['first'] });
    expect(await runAt(90_000)).toEqual({ ran: ['first'], blockers: [] });
    expect(await runAt(120_999)).toEqual({ ran: [], blockers: [] });
    expect(await runAt(121_000)).toEqual({ ran: ['shared', 'first', 'second'], blockers: [] });
  });

  it('is stopped by a missing approval in markets of its version only', async () => {
    let missing: readonly string[] = ['sell-v2'];
    let nowMs = NOW_MS;
    let readCount = 0;
    const needed = [...NEEDED, { purpose: 'sell-v2', marketVersion: 'v2', contract: '0xp', spender: '0x3' }] as const;
    const inspection: WalletInspection = {
      ...GOOD_INSPECTION,
      neededApprovals: needed,
      listApprovals: async () => {
        readCount += 1;
        return needed.map((each) => ({ ...each, isGranted: !missing.includes(each.purpose) }));
      },
    };
    const checks = planWalletChecks({ clock, key: KEY, inspection });
    const readiness = createReadiness({ clock: { nowMs: () => nowMs }, checks });
    const blockersOf = async () =>
      (await readiness.listBlockers('live', NOW_MS)).map(({ check, marketVersion }) => [check, marketVersion]);
    expect(await blockersOf()).toEqual([['approvals v2', 'v2']]);
    expect(readCount).toBe(1);
    missing = ['sell'];
    // The pass of version 1 is reused; version 2 is read again.
    expect(await blockersOf()).toEqual([]);
    expect(readCount).toBe(2);
    nowMs += 60_000;
    expect(await blockersOf()).toEqual([['approvals', 'v1']]);
  });
});
