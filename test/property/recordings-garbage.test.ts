import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { parseRecording } from '#lib/venue/books/parse-recording.ts';
import { aRecordingText } from '#test/factories/a-recording.ts';

describe('parseRecording on what is not a recording', () => {
  const isReadOrRefused = (text: string): void => {
    try {
      expect(parseRecording('r', text).books.length).toBeGreaterThan(0);
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidInputError);
      expect(String(error)).toMatch(/Recording r, line \d+: /);
    }
  };

  it('refuses any text with the one named error', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), isReadOrRefused));
  });

  it('refuses any snapshot with the one named error', () => {
    const key = fc.constantFrom('t', 'up', 'down', 'bids', 'asks');
    const snapshot = fc.jsonValue({ maxDepth: 4 }).chain((value) => fc.dictionary(key, fc.constant(value)));
    fc.assert(fc.property(snapshot, (value) => isReadOrRefused(aRecordingText({ lines: [JSON.stringify(value)] }))));
  });

  it('reads or refuses a recording with a character changed or cut off anywhere', () => {
    const text = aRecordingText();
    const place = fc.nat(text.length - 1);
    fc.assert(
      fc.property(place, fc.constantFrom('', '9', '"', ']', '-', '\n', 'é'), fc.boolean(), (at, character, isCut) => {
        isReadOrRefused(text.slice(0, at) + character + (isCut ? '' : text.slice(at + 1)));
      }),
      { numRuns: 500 },
    );
  });
});
