import { describe, expect, test } from 'vitest';
import { PresetSettingsSchema } from '#functions/wiring/preset-settings.ts';
import { OpenRequestSchema, toOwnTerms } from '#lib/contracts/open-request.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';

const BASE = { requestId: 'request-1', asset: 'BTC', side: 'UP', usd: 25, mode: 'paper' };
const rulesOf = (fields: object) => toOwnTerms(parseInput(OpenRequestSchema, { ...BASE, ...fields }, 'request')).rules;

describe('the rules of a request', () => {
  test('are prices or shares of the entry price', () => {
    expect(rulesOf({ stopLoss: '20%', takeProfit: 0.8, trailingStop: '12.5 %', preset: 'careful' })).toEqual({
      stopLoss: { shareMicros: 200_000n },
      takeProfit: { priceMicros: 800_000n },
      trailingStop: { shareMicros: 125_000n },
      preset: 'careful',
    });
    expect(rulesOf({ holdAbove: '0.97' })).toEqual({ holdAboveMicros: 970_000n });
    expect(rulesOf({ stopLoss: '0.45' })).toEqual({ stopLoss: { priceMicros: 450_000n } });
    expect(rulesOf({})).toBeUndefined();
  });

  test.each<readonly [string, unknown]>([
    ...[20, 1, 0, -0.1, '45c', '', '0%', '100%', '20', null, '1e-1', {}].map((bad) => ['stopLoss', bad] as const),
    ...['1000%', 1.2].map((bad) => ['takeProfit', bad] as const),
    ...['100%'].map((bad) => ['trailingStop', bad] as const),
    ...['20%', 1, 0].map((bad) => ['holdAbove', bad] as const),
    ['preset', 'Careful!'],
  ])('%s: %o is refused with what to write', (field, bad) => {
    expect(() => rulesOf({ [field]: bad })).toThrow(
      { preset: /such as careful, or none/, holdAbove: /a price in dollars such as 0.8/ }[field] ??
        /such as 0.45, or a share/,
    );
  });
});

describe('the presets of a stage', () => {
  test('are careful and trailing unless it says otherwise, and none by default', () => {
    const { EXIT_PRESETS, EXIT_DEFAULT_PRESET } = parseEnv(PresetSettingsSchema, {});
    expect(Object.keys(EXIT_PRESETS)).toEqual(['careful', 'trailing']);
    expect(EXIT_DEFAULT_PRESET).toBe('none');
  });

  test('have the fields of a request', () => {
    const EXIT_PRESETS = '{"quick":{"exitLeadSeconds":180,"floor":0.05,"stopLoss":"20%","holdAbove":0.97}}';
    expect(parseEnv(PresetSettingsSchema, { EXIT_PRESETS }).EXIT_PRESETS).toEqual({
      quick: {
        exitLeadMs: 180_000,
        minPriceMicros: 50_000n,
        rules: { stopLoss: { shareMicros: 200_000n }, holdAboveMicros: 970_000n },
      },
    });
  });

  test.each(['{', '[]', '{"none":{}}', '{"quick":{"stopLoss":"120%"}}', '{"quick":{"stop":1}}'])(
    '%s is refused',
    (text) => {
      expect(() => parseEnv(PresetSettingsSchema, { EXIT_PRESETS: text })).toThrow(
        /EXIT_PRESETS .*must be JSON such as/,
      );
    },
  );
});
