import { describe, expect, it } from 'vitest';
import { checkStageConfig } from '#infra/aws/check-stage-config.ts';
import { STAGE_NAMES, STAGES, type StageConfig, stageConfigOf } from '#infra/aws/stage-config.ts';

const { paper, live } = STAGES;
const withLimits = (changes: Partial<StageConfig['limits']>) => ({ limits: { ...paper.limits, ...changes } });
const withGate = (changes: Partial<StageConfig['openingGate']>) => ({
  openingGate: { ...paper.openingGate, ...changes },
});

describe('the name of a stage', () => {
  it.each([
    ['nonsense', 'There is no stage "nonsense". Add one of: -c stage=paper, -c stage=live'],
    ['Paper', 'There is no stage "Paper". Add one of: -c stage=paper, -c stage=live'],
    ['toString', 'There is no stage "toString". Add one of: -c stage=paper, -c stage=live'],
    ['', 'Which stage? Add one of: -c stage=paper, -c stage=live'],
    [undefined, 'Which stage? Add one of: -c stage=paper, -c stage=live'],
    [true, 'Which stage? Add one of: -c stage=paper, -c stage=live'],
  ])('is asked for when it is %o', (name, message) => {
    expect(() => stageConfigOf(name)).toThrow(new Error(message));
  });
});

describe('the configuration of a stage', () => {
  it.each(STAGE_NAMES)('can be deployed as it stands: %s', (name) => {
    expect(() => checkStageConfig(STAGES[name])).not.toThrow();
  });

  it.each<readonly [Partial<StageConfig>, string]>([
    [withLimits({ openCountMax: 0 }), 'limits.openCountMax is 0: use 1 to 10000 positions'],
    [withLimits({ openCountMax: 2.5 }), 'limits.openCountMax is 2.5'],
    [withLimits({ openCountMax: Number.NaN }), 'limits.openCountMax is NaN'],
    [withLimits({ dayLossMicrosMax: -1n }), 'limits.dayLossMicrosMax is -1: use 1 to 999999999999999'],
    [withLimits({ budgetMicrosMax: 0n }), 'limits.budgetMicrosMax is 0'],
    [withLimits({ exposureMicrosMax: 10n ** 15n }), 'limits.exposureMicrosMax is 1000000000000000'],
    [withLimits({ exposureMicrosMax: 5_000_000n }), 'more than limits.exposureMicrosMax (5000000)'],
    [withGate({ roundTripPercentMin: 101 }), 'openingGate.roundTripPercentMin is 101: use 0 to 100'],
    [withGate({ bookAgeMsMax: 0 }), 'openingGate.bookAgeMsMax is 0'],
    [{ canaryPeriodMinutes: 7 }, 'canaryPeriodMinutes is 7: use minutes that divide 60'],
    [{ canaryPeriodMinutes: 0 }, 'canaryPeriodMinutes is 0'],
    [{ exitPolling: { kind: 'standard', concurrencyMax: 1 } }, 'exitPolling.concurrencyMax is 1: use 2 to 1000'],
    [{ exitPolling: { kind: 'provisioned', pollerCountMin: 1, pollerCountMax: 4 } }, 'exitPolling has 1 to 4 pollers'],
    [{ exitPolling: { kind: 'provisioned', pollerCountMin: 9, pollerCountMax: 4 } }, 'exitPolling has 9 to 4 pollers'],
    [{ hosts: { ...paper.hosts, CLOB_HOST: 'clob.example' } }, 'hosts.CLOB_HOST is no web address'],
    [{ live: live.live }, 'live is set: a paper stage has no key'],
    [{ walletWatch: 'guard' }, 'live is null: no wallet would be watched'],
    [{ walletWatch: 'tell', redeemForeign: true }, 'live is null: no wallet would be watched'],
  ])('is refused by name: %o', (changes, fault) => {
    expect(() => checkStageConfig({ ...paper, ...changes })).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^Stage paper \(infra.aws.stage-config\.ts\) cannot/) }),
    );
    expect(() => checkStageConfig({ ...paper, ...changes })).toThrow(fault);
  });

  it('is refused with every bad value at once, and no host is shown', () => {
    const bad = { ...live, canaryPeriodMinutes: 61, ...withLimits({ openCountMax: -1 }) };
    const withHost = { ...bad, hosts: { ...live.hosts, DATA_HOST: 'secret@nowhere' } };
    expect(() => checkStageConfig(withHost)).toThrow(
      /openCountMax is -1[\s\S]*canaryPeriodMinutes is 61[\s\S]*DATA_HOST/,
    );
    expect(() => checkStageConfig(withHost)).not.toThrow(/secret/);
  });
});
