import { describe, expect, it } from 'vitest';
import { ExitSettingsSchema } from '#functions/wiring/trading-settings.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';

describe('the settings of the exit', () => {
  it('may ask for the highest price of the coarsest market, and for as long a preparation as a function lives', () => {
    const settings = parseEnv(ExitSettingsSchema, { EXIT_MIN_PRICE_MICROS: '900000', EXIT_PREPARE_LEAD_MS: '9000' });
    expect(settings).toMatchObject({ EXIT_MIN_PRICE_MICROS: 900_000n, EXIT_PREPARE_LEAD_MS: 9_000 });
  });

  it.each([
    // Above it an order could not be made at all: the exit would fail in the function instead of at the deployment's door.
    [{ EXIT_MIN_PRICE_MICROS: '900001' }, 'EXIT_MIN_PRICE_MICROS is wrong (must be at most 900000'],
    // The function would end before the order's answer came.
    [{ EXIT_PREPARE_LEAD_MS: '9001' }, 'EXIT_PREPARE_LEAD_MS is wrong (must be at most 9000'],
  ])('refuses %o', (env, message) => {
    expect(() => parseEnv(ExitSettingsSchema, env)).toThrow(message);
  });
});
