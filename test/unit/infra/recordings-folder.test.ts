import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRecordingsFolder } from '#infra/venue/recordings-folder.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { aRecordingText } from '#test/factories/a-recording.ts';

describe('openRecordingsFolder', () => {
  let folder: string;
  const put = (name: string, content: Buffer | string): void => writeFileSync(join(folder, name), content);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tminus-recordings-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('lists the recordings of a folder by name and reads them when asked', () => {
    put('b.jsonl.gz', gzipSync(aRecordingText()));
    put('a.jsonl.gz', gzipSync(aRecordingText({ header: { winner: 'DOWN' } })));
    put('README.md', 'not a recording');
    const recordings = openRecordingsFolder(folder);
    expect(recordings.names).toEqual(['a.jsonl.gz', 'b.jsonl.gz']);
    expect(recordings.get('a.jsonl.gz').winner).toBe('DOWN');
    expect(recordings.get('b.jsonl.gz')).toBe(recordings.get('b.jsonl.gz'));
  });

  it('names a file that is truncated', () => {
    put('a.jsonl.gz', gzipSync(aRecordingText()));
    put('b.jsonl.gz', gzipSync(aRecordingText()).subarray(0, 120));
    expect(() => openRecordingsFolder(folder)).toThrow(InvalidInputError);
    expect(() => openRecordingsFolder(folder)).toThrow('Recording b.jsonl.gz: not a whole gzip file');
  });

  it('names a file that is not packed', () => {
    put('a.jsonl.gz', aRecordingText());
    expect(() => openRecordingsFolder(folder)).toThrow('Recording a.jsonl.gz: not a whole gzip file');
  });

  it('names file and line of an error inside', () => {
    put('a.jsonl.gz', gzipSync(aRecordingText().slice(0, -20)));
    expect(() => openRecordingsFolder(folder)).toThrow('Recording a.jsonl.gz, line 6: the line is not JSON');
  });

  it('refuses a folder that is missing or holds no recording', () => {
    expect(() => openRecordingsFolder(join(folder, 'nowhere'))).toThrow('cannot be read');
    expect(() => openRecordingsFolder(folder)).toThrow('holds no file named *.jsonl.gz');
  });
});
