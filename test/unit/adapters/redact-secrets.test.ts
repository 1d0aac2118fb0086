import { describe, expect, it } from 'vitest';
import { redactSecrets } from '#lib/adapters/polymarket/redact-secrets.ts';

describe('what is removed from a text of the venue', () => {
  const SECRET = 'top+secret/value==';

  it.each([
    ['as it is', SECRET],
    ['in a query', encodeURIComponent(SECRET)],
    ['in JSON', JSON.stringify({ passphrase: SECRET })],
  ])('a secret %s', (_name, text) => {
    const redacted = redactSecrets(`before ${text} after`, [SECRET]);
    expect(redacted).not.toContain(SECRET);
    expect(redacted).not.toContain(encodeURIComponent(SECRET));
    expect(redacted).toMatch(/^before .*after$/);
  });

  it.each([
    'POLY_SIGNATURE: abc123=',
    'poly-passphrase=abc123',
    '{"POLY_API_KEY":"abc123"}',
    'headers map[Poly_Signature:[abc123=]]',
    "'POLY_ADDRESS' : 'abc123'",
  ])('the value of a header of ours: %s', (text) => {
    expect(redactSecrets(text, [])).not.toContain('abc123');
  });

  it('whatever looks like a signature, of any wallet, and no order id', () => {
    const id = `0x${'ab'.repeat(32)}`;
    for (const size of [65, 158, 317]) {
      expect(redactSecrets(`order ${id} sig 0x${'1b'.repeat(size)}.`, [])).toBe(`order ${id} sig ….`);
    }
  });

  it('keeps the text of a refusal and truncates a page', () => {
    const text = 'not enough balance / allowance: the balance is not enough -> balance: 0, order amount: 5000000';
    expect(redactSecrets(text, ['x'.repeat(20)])).toBe(text);
    expect(redactSecrets('a page '.repeat(10_000), []).length).toBeLessThanOrEqual(1_000);
  });

  it('accepts an empty secret', () => {
    expect(redactSecrets('words', [''])).toBe('words');
  });
});
