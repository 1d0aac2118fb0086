import { describe, expect, it } from 'vitest';
import type * as z from 'zod/mini';
import { EnvSchema as announce } from '#functions/announce.ts';
import { EnvSchema as canary } from '#functions/canary.ts';
import { EnvSchema as discord } from '#functions/discord.ts';
import { EnvSchema as interactions } from '#functions/interactions.ts';
import { EnvSchema as open } from '#functions/open.ts';
import { EnvSchema as sell } from '#functions/sell.ts';
import { EnvSchema as settle } from '#functions/settle.ts';
import { EnvSchema as summary } from '#functions/summary.ts';
import { EnvSchema as sweep } from '#functions/sweep.ts';
import { EnvSchema as watch } from '#functions/watch.ts';
import { titleOf } from '#infra/aws/constructs/suite-function.ts';
import { STAGE_NAMES, STAGES } from '#infra/aws/stage-config.ts';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';
import { resourceOf } from './read-template.ts';
import { STAGE_FUNCTIONS, synthSuite } from './stub-suite.ts';

const SCHEMAS: Readonly<Record<FunctionName, z.ZodMiniObject>> = {
  announce,
  canary,
  discord,
  interactions,
  open,
  sell,
  settle,
  summary,
  sweep,
  watch,
};

/** Stands for references that AWS resolves; a URL is valid wherever a name is. */
const RESOLVED = 'https://sqs.eu-west-1.amazonaws.com/123456789012/tminus';
/** References whose values have a stricter format. */
const RESOLVED_FOR: Readonly<Record<string, string>> = {
  LIVE_WALLET_ADDRESS: '0x52908400098527886E0F7030069857D2E4169EE7',
  LIVE_SIGNATURE_TYPE: '0',
  DISCORD_PAGE_ROLE_ID: '',
};

describe.each(STAGE_NAMES)('the environments of stage %s', (stage) => {
  const { trading } = synthSuite(stage);
  const environmentOf = (name: FunctionName): Readonly<Record<string, unknown>> =>
    resourceOf(trading, 'AWS::Lambda::Function', `${titleOf(name)}Function`).Properties.Environment.Variables;

  const NAMES = STAGE_FUNCTIONS.filter((name) => name !== 'watch' || STAGES[stage].live !== null);

  it.each(NAMES)('give %s every variable that its schema requires', (name) => {
    const resolved = Object.entries(environmentOf(name)).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : (RESOLVED_FOR[key] ?? RESOLVED),
    ]);
    const result = SCHEMAS[name].safeParse(Object.fromEntries(resolved));
    expect(result.error?.issues ?? []).toEqual([]);
  });

  it.each(NAMES)('give %s no variable that its schema does not have', (name) => {
    const known = Object.keys(SCHEMAS[name].shape);
    expect(Object.keys(environmentOf(name)).filter((key) => !known.includes(key))).toEqual([]);
  });

  it('contain the limits of the stage', () => {
    const { limits } = STAGES[stage];
    expect(environmentOf('open')).toMatchObject({
      LIMIT_OPEN_COUNT: String(limits.openCountMax),
      LIMIT_EXPOSURE_MICROS: String(limits.exposureMicrosMax),
      LIMIT_BUDGET_MICROS: String(limits.budgetMicrosMax),
      LIMIT_DAY_LOSS_MICROS: String(limits.dayLossMicrosMax),
    });
  });
});

describe('live settings', () => {
  const liveKeysOf = (stage: 'paper' | 'live', name: FunctionName): readonly string[] => {
    const { Environment } = resourceOf(
      synthSuite(stage).trading,
      'AWS::Lambda::Function',
      `${titleOf(name)}Function`,
    ).Properties;
    return Object.keys(Environment.Variables).filter((key) => /^(LIVE|POLYGON)_/.test(key));
  };

  it.each(STAGE_FUNCTIONS.filter((name) => name !== 'watch'))('are not given to %s in a paper stage', (name) => {
    expect(liveKeysOf('paper', name)).toEqual([]);
  });

  it.each(['open', 'sell', 'settle'] as const)('are given to %s, which trades, in a live stage', (name) => {
    expect(liveKeysOf('live', name)).toContain('LIVE_WALLET_ADDRESS');
  });

  it('of the wallet and the node alone are given to watch, which reads', () => {
    expect(liveKeysOf('live', 'watch').toSorted()).toEqual(['LIVE_WALLET_ADDRESS', 'POLYGON_RPC_URL']);
  });

  it.each(['sweep', 'announce', 'discord', 'canary', 'summary'] as const)(
    'are not given to %s, which does not trade',
    (name) => {
      expect(liveKeysOf('live', name)).toEqual([]);
    },
  );
});
