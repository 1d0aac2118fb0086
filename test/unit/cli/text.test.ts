import { describe, expect, it } from 'vitest';
import { shorten, wrapText } from '#lib/cli/render/wrap-text.ts';
import { createPaint, printable } from '#lib/cli/terminal.ts';

describe('text', () => {
  it('breaks between words, and inside a word only when it is longer than a line', () => {
    expect(wrapText('the shares had not settled', 12)).toEqual(['the shares', 'had not', 'settled']);
    expect(wrapText('a 0123456789abcdef b', 8)).toEqual(['a', '01234567', '89abcdef', 'b']);
    expect(wrapText('', 8)).toEqual(['']);
  });

  it('says that there is more when it cuts', () => {
    expect([shorten('1234567890', 5), shorten('12345', 5)]).toEqual(['1234…', '12345']);
  });

  it('takes escape sequences and line breaks out of what others wrote', () => {
    expect(printable('\u001b[31mnot enough\u001b[0m\n  balance\t ')).toBe('not enough balance');
  });

  it('leaves colours out where the stream shows none', () => {
    expect(createPaint(process.stdout)('plain', 'text')).toBe('text');
  });
});
