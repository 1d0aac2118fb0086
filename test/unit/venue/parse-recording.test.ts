import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { parseRecording } from '#lib/venue/books/parse-recording.ts';
import { aRecordingText, RECORDED_LINES } from '#test/factories/a-recording.ts';

const NAME = 'btc-updown-5m-1776081600.jsonl.gz';

describe('parseRecording', () => {
  it('reads header, times, prices and sizes', () => {
    const recording = parseRecording(NAME, aRecordingText());
    expect(recording).toMatchObject({
      name: NAME,
      asset: 'BTC',
      winner: 'UP',
      windowStartMs: 1_776_081_600_000,
      windowEndMs: 1_776_081_900_000,
    });
    expect(recording.books).toHaveLength(6);
    expect(recording.books[0]).toEqual({
      atMs: 1_776_081_600_200,
      outcome: 'DOWN',
      tickMicros: 10_000n,
      sides: {
        bids: [
          { priceMicros: 510_000n, sharesMicros: 20_670_000n },
          { priceMicros: 500_000n, sharesMicros: 290_090_000n },
        ],
        asks: [{ priceMicros: 520_000n, sharesMicros: 87_810_000n }],
      },
    });
  });

  it('takes the finer tick from the first finer price on', () => {
    const ticks = parseRecording(NAME, aRecordingText()).books.map((book) => book.tickMicros);
    expect(ticks).toEqual([10_000n, 10_000n, 10_000n, 10_000n, 1_000n, 1_000n]);
  });

  it.each<[string, string, number, string]>([
    ['no text at all', '', 1, 'empty'],
    ['a header that is not JSON', 'slug,asset\n', 1, 'not JSON'],
    ['a header that is a list', '[]\n', 1, 'object'],
    ['an asset we do not know', aRecordingText({ header: { asset: 'ADA' } }), 1, '"asset"'],
    ['a header without its window', aRecordingText({ header: { windowEnd: undefined } }), 1, '"windowEnd"'],
    ['a window that ends before it starts', aRecordingText({ header: { windowEnd: 1_776_081_500 } }), 1, '"windowEnd"'],
    ['a winner that is none', aRecordingText({ header: { winner: 'SIDEWAYS' } }), 1, '"winner"'],
    ['a tick that is none', aRecordingText({ header: { tickSize: '0.5' } }), 1, '"tickSize"'],
    ['no snapshot', aRecordingText({ lines: [] }), 1, 'no books'],
    ['only snapshots after the end', aRecordingText({ lines: RECORDED_LINES.slice(4) }), 2, 'before the window'],
    ['a line that is cut off', aRecordingText().slice(0, -30), 6, 'cut off'],
    ['an empty line', aRecordingText({ lines: [...RECORDED_LINES.slice(0, 2), ''] }) + RECORDED_LINES[2], 4, 'empty'],
    ['a snapshot that is a number', aRecordingText({ lines: ['7'] }), 2, 'object'],
    ['a snapshot without time', aRecordingText({ lines: ['{"down":{"bids":[],"asks":[]}}'] }), 2, 't has to be'],
    ['a snapshot without book', aRecordingText({ lines: ['{"t":1776081600200}'] }), 2, 'neither'],
    ['times in seconds', aRecordingText({ lines: ['{"t":1776081600,"up":{"bids":[],"asks":[]}}'] }), 2, 'milliseconds'],
    ['unsorted times', aRecordingText({ lines: [RECORDED_LINES[1] ?? '', RECORDED_LINES[0] ?? ''] }), 3, 'sorted by t'],
    ['a book without asks', snapshotText('{"bids":[]}'), 2, '"asks"'],
    ['bids that are no list', snapshotText('{"bids":{},"asks":[]}'), 2, 'down.bids'],
    ['a level of three', snapshotText('{"bids":[["0.5","1","2"]],"asks":[]}'), 2, 'down.bids[0]'],
    ['a price as a number', snapshotText('{"bids":[[0.5,"1"]],"asks":[]}'), 2, 'price'],
    ['a price of one', snapshotText('{"bids":[],"asks":[["1","1"]]}'), 2, 'between 0 and 1'],
    ['a size of zero', snapshotText('{"bids":[["0.5","0"]],"asks":[]}'), 2, 'more than 0'],
    ['a size that is a word', snapshotText('{"bids":[["0.5","lots"]],"asks":[]}'), 2, 'size'],
    ['bids that rise', snapshotText('{"bids":[["0.4","1"],["0.5","1"]],"asks":[]}'), 2, 'fall'],
    ['asks that fall', snapshotText('{"bids":[],"asks":[["0.5","1"],["0.4","1"]]}'), 2, 'rise'],
    ['a crossed book', snapshotText('{"bids":[["0.5","1"]],"asks":[["0.5","1"]]}'), 2, 'crossed'],
  ])('refuses %s, naming file, line and fault', (_what, text, lineNumber, fault) => {
    const parse = (): unknown => parseRecording(NAME, text);
    expect(parse).toThrow(InvalidInputError);
    expect(parse).toThrow(`Recording ${NAME}, line ${lineNumber}: `);
    expect(parse).toThrow(fault);
  });
});

function snapshotText(down: string): string {
  return aRecordingText({ lines: [`{"t":1776081600200,"down":${down}}`] });
}
