import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ConfigError } from '#lib/errors/errors.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';

const Schema = z.object({
  TABLE_NAME: z.string(),
  QUEUE_URL: z.url('must be a web address'),
  GRAIN_MS: z.coerce.number().int().positive().default(60_000),
});

function errorOf(env: Record<string, string | undefined>): ConfigError {
  try {
    parseEnv(Schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('parseEnv took what it should refuse');
}

describe('parseEnv', () => {
  it('reads what is set and fills in defaults', () => {
    const parsed = parseEnv(Schema, { TABLE_NAME: 't', QUEUE_URL: 'http://127.0.0.1:1/q', PATH: '/bin', GRAIN_MS: '' });
    expect(parsed).toEqual({ TABLE_NAME: 't', QUEUE_URL: 'http://127.0.0.1:1/q', GRAIN_MS: 60_000 });
  });

  it('names every missing and wrong variable in one error', () => {
    const { message } = errorOf({ QUEUE_URL: 'nonsense', GRAIN_MS: '-1' });
    expect(message).toContain('TABLE_NAME is missing');
    expect(message).toContain('QUEUE_URL is wrong (must be a web address)');
    expect(message).toContain('GRAIN_MS is wrong');
    expect(message).toContain('Set these variables');
  });

  it('counts an empty value as missing', () => {
    expect(errorOf({ TABLE_NAME: '', QUEUE_URL: 'http://127.0.0.1/q' }).message).toContain('TABLE_NAME is missing');
  });

  it('never shows a value', () => {
    const error = errorOf({ TABLE_NAME: 'hush-table', QUEUE_URL: 'hush-queue', GRAIN_MS: 'hush-grain' });
    expect(JSON.stringify([error.message, error.context, error.cause])).not.toContain('hush');
  });
});
