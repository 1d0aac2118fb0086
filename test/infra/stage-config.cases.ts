import { describe, expect, it } from 'vitest';
import { type LiveTrading, STAGE_NAMES, STAGES, type StageExits } from '#infra/aws/stage-config.ts';
import { smallestBudgetMicros } from '#lib/domain/plan/plan-opening.ts';
import { resourceOf } from './read-template.ts';
import { synthSuite } from './stub-suite.ts';

const live: LiveTrading = { signer: 'kms', mayApprove: false, polygonRpcUrl: 'parameter' };
const exits: StageExits = {
  exitLeadMs: 180_000,
  minPriceMicros: 50_000n,
  slackTicks: 3,
  mayMerge: true,
  maintenance: ['2026-12-01T12:00:00Z/2026-12-01T12:04:00Z', '2026-12-08T12:00:00Z/2026-12-08T12:04:00Z'],
  presets: { quick: { exitLeadSeconds: 200, takeProfit: '10%' } },
  defaultPreset: 'quick',
};

describe('the settings of a stage', () => {
  it.each(STAGE_NAMES)('allow the smallest position of %s at 99 cents', (stage) => {
    const { budgetMicrosMax, exposureMicrosMax, openCountMax } = STAGES[stage].limits;
    const dearest = smallestBudgetMicros({ minOrderSharesMicros: 5_000_000n, feeRateMicros: 70_000n }, 990_000n);
    expect(dearest).toBe(5_300_000n);
    expect(dearest).toBeLessThanOrEqual(budgetMicrosMax);
    if (stage === 'live') expect(exposureMicrosMax).toBe(budgetMicrosMax * BigInt(openCountMax));
  });

  it('give exit lead, floor, slack and maintenance to the function that opens', () => {
    const { trading } = synthSuite('live', { exits });
    expect(resourceOf(trading, 'AWS::Lambda::Function', 'OpenFunction').Properties.Environment.Variables).toMatchObject(
      {
        EXIT_LEAD_MS: '180000',
        EXIT_MIN_PRICE_MICROS: '50000',
        EXIT_SLACK_TICKS: '3',
        OPEN_SLACK_TICKS: '3',
        EXIT_MAY_MERGE: 'true',
        MAINTENANCE_WINDOWS: exits.maintenance.join(','),
        EXIT_PRESETS: '{"quick":{"exitLeadSeconds":200,"takeProfit":"10%"}}',
        EXIT_DEFAULT_PRESET: 'quick',
      },
    );
    expect(trading.toJSON().Outputs.MaintenanceWindows.Value).toBe(exits.maintenance.join(','));
  });

  it('stop the synthesis with one line for each bad value', () => {
    const bad: StageExits = {
      exitLeadMs: 5_000,
      minPriceMicros: 950_000n,
      slackTicks: 2.5,
      mayMerge: false,
      maintenance: ['2026-12-01T12:04:00Z/2026-12-01T12:00:00Z', '2026-12-01 12:00/13:00'],
      presets: { tight: { stopLoss: '120%' }, none: {} },
      defaultPreset: 'careful',
    };
    expect(() => synthSuite('paper', { exits: bad })).toThrow(
      [
        'Stage paper (infra/aws/stage-config.ts) cannot be deployed:',
        '  exits.exitLeadMs is 5000: use 15000 to 43200000 milliseconds',
        '  exits.minPriceMicros is 950000: use 1 (any price) to 900000 millionths of a dollar',
        '  exits.slackTicks is 2.5: use 0 to 20 ticks',
        '  exits.maintenance has "2026-12-01T12:04:00Z/2026-12-01T12:00:00Z": use 2026-11-24T12:00:00Z/2026-11-24T12:04:00Z',
        '  exits.maintenance has "2026-12-01 12:00/13:00": use 2026-11-24T12:00:00Z/2026-11-24T12:04:00Z',
        '  exits.presets.tight.stopLoss must be a price in dollars such as 0.45, or a share of the entry price from "0.01%" to "99%" such as "20%"',
        '  exits.defaultPreset is "careful": use one of exits.presets, or "none"',
      ].join('\n'),
    );
  });
});

describe('the watch of the live wallet', () => {
  it('has its settings, and the exits of the stage for what it guards', () => {
    const { trading } = synthSuite('live', { exits, walletWatch: 'guard', redeemForeign: true });
    const { Variables } = resourceOf(trading, 'AWS::Lambda::Function', 'WatchFunction').Properties.Environment;
    const watch = { WALLET_WATCH: 'guard', REDEEM_FOREIGN: 'true' };
    expect(Variables).toMatchObject({ ...watch, EXIT_LEAD_MS: '180000', EXIT_MIN_PRICE_MICROS: '50000' });
  });

  it('stops the synthesis where winnings were redeemed that nothing looks for, and at minutes that divide no hour', () => {
    const bad = { walletWatch: 'off', redeemForeign: true, walletWatchPeriodMinutes: 7 } as const;
    expect(() => synthSuite('live', bad)).toThrow(
      [
        '  walletWatchPeriodMinutes is 7: use a divisor of 60 minutes',
        "  redeemForeign is true and walletWatch is off: nothing would look for winnings. Use walletWatch: 'tell' or 'guard'",
      ].join('\n'),
    );
  });
});

describe('the Polygon node of a live stage', () => {
  const withNode = (node: object) => () => synthSuite('live', { live: { ...live, ...node } });

  it('is a parameter without a default, whose value is not shown', () => {
    const { PolygonRpcUrl } = synthSuite('live').trading.toJSON().Parameters;
    expect(PolygonRpcUrl).toMatchObject({ NoEcho: true, AllowedPattern: '^https://.+' });
    expect(PolygonRpcUrl).not.toHaveProperty('Default');
  });

  it('may be a URL in the configuration', () => {
    const { trading } = withNode({ polygonRpcUrl: 'https://node.example' })();
    expect(trading.toJSON().Parameters).not.toHaveProperty('PolygonRpcUrl');
    const { Variables } = resourceOf(trading, 'AWS::Lambda::Function', 'SellFunction').Properties.Environment;
    expect(Variables.POLYGON_RPC_URL).toBe('https://node.example');
  });

  it.each([undefined, '', 'http://node.example/v2/secret', 'node'])(
    'stops the synthesis when it is %o',
    (polygonRpcUrl) => {
      expect(withNode({ polygonRpcUrl })).toThrow(/live trading needs a Polygon node \(POLYGON_RPC_URL\)/);
      expect(withNode({ polygonRpcUrl })).not.toThrow(/secret/);
    },
  );

  it('is not needed on paper', () => {
    expect(synthSuite('paper').trading.toJSON().Parameters ?? {}).not.toHaveProperty('PolygonRpcUrl');
  });
});
