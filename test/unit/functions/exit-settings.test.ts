import { describe, expect, it } from 'vitest';
import { ExitSettingsSchema } from '#functions/wiring/trading-settings.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';

describe('the settings of the exit', () => {
  it('allow the highest price of the coarsest market, and the longest preparation that a function has time for', () => {
    const settings = parseEnv(ExitSettingsSchema, { EXIT_MIN_PRICE_MICROS: '900000', EXIT_PREPARE_LEAD_MS: '9000' });
    expect(settings).toMatchObject({ EXIT_MIN_PRICE_MICROS: 900_000n, EXIT_PREPARE_LEAD_MS: 9_000 });
  });

  it.each([
    // Above it no order could be made: the exit would fail, and not the deployment.
    [{ EXIT_MIN_PRICE_MICROS: '900001' }, 'EXIT_MIN_PRICE_MICROS is wrong (must be at most 900000'],
    // The function would end before the order's answer.
    [{ EXIT_MAY_MERGE: 'yes' }, 'EXIT_MAY_MERGE is wrong (must be true or false)'],
    [{ EXIT_PREPARE_LEAD_MS: '9001' }, 'EXIT_PREPARE_LEAD_MS is wrong (must be at most 9000'],
  ])('refuses %o', (env, message) => {
    expect(() => parseEnv(ExitSettingsSchema, env)).toThrow(message);
  });
});
