import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecordingsFolder, readRecording } from '#infra/venue/recordings-folder.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { parseRecording } from '#lib/venue/books/parse-recording.ts';
import { aRecordingText } from '#test/factories/a-recording.ts';
import { anyGarbageText, assertDoor, damaged, mutated } from '#test/fixtures/bad-input.ts';

const NAME = 'btc.jsonl.gz';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tminus-door-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const TEXT = aRecordingText();
const LINES = TEXT.trim().split('\n');

const anyText = fc.oneof(
  damaged(TEXT),
  anyGarbageText,
  fc
    .nat(LINES.length - 1)
    .chain((index) =>
      mutated(JSON.parse(LINES[index]!)).map(({ value }) => LINES.with(index, JSON.stringify(value)).join('\n')),
    ),
  fc.shuffledSubarray(LINES).map((lines) => lines.join('\n')),
);

function expectReadOrNamed(read: () => { readonly books: readonly unknown[] }): void {
  try {
    expect(read().books.length).toBeGreaterThan(0);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(String(error)).toMatch(/Recording btc\.jsonl\.gz(, line \d+)?: /);
    expect(String(error).length).toBeLessThan(500);
  }
}

describe('the door of recordings', () => {
  it('reads a changed recording to the end or names file, line and fault', async () => {
    await assertDoor(
      'recordings (text)',
      50,
      fc.property(anyText, (text) => expectReadOrNamed(() => parseRecording(NAME, text))),
    );
  });

  it('reads a changed file to the end or says that it is not whole', async () => {
    const whole = gzipSync(TEXT);
    const anyFile = fc.oneof(
      fc.nat(whole.length - 1).map((length) => whole.subarray(0, length)),
      fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => Buffer.from(whole.with(at, byte))),
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
      anyText.map((text) => gzipSync(text)),
      anyText.map((text) => Buffer.from(text)),
    );
    await assertDoor(
      'recordings (file)',
      20,
      fc.property(anyFile, (bytes) => {
        writeFileSync(join(folder, NAME), bytes);
        expectReadOrNamed(() => readRecording(join(folder, NAME), NAME));
      }),
    );
  });

  it('refuses a file that unpacks to more than any recording, before memory runs out', () => {
    writeFileSync(join(folder, NAME), gzipSync(Buffer.alloc(70 * 1024 * 1024)));
    expect(() => openRecordingsFolder(folder)).toThrow(InvalidInputError);
  });
});
