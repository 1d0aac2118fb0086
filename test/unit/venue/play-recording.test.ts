import { describe, expect, it } from 'vitest';
import { listMarket } from '#lib/venue/books/list-market.ts';
import { parseRecording } from '#lib/venue/books/parse-recording.ts';
import { playRecordedWindow, recordedMidMicros } from '#lib/venue/books/recorded-window.ts';
import { aRecordingText } from '#test/factories/a-recording.ts';

const ENDS_AT_MS = 1_800_000_000_123;
const market = listMarket({
  seed: 'any',
  slug: 'eth-updown-5m-1799999700',
  asset: 'ETH',
  startsAtMs: ENDS_AT_MS - 300_000,
  endsAtMs: ENDS_AT_MS,
});
const { UP, DOWN } = market.tokenIds;
const playing = playRecordedWindow(parseRecording('r', aRecordingText()), market);

describe('playRecordedWindow', () => {
  it('shows every book as long before the local end as before the recorded one', () => {
    expect(playing.bookAt(DOWN, ENDS_AT_MS - 120_001)?.bids[0]?.priceMicros).toBe(510_000n);
    expect(playing.bookAt(DOWN, ENDS_AT_MS - 120_000)?.bids[0]?.priceMicros).toBe(340_000n);
    expect(playing.bookAt(DOWN, ENDS_AT_MS - 119_000)?.atMs).toBe(ENDS_AT_MS - 120_000);
  });

  it('mirrors the token that was not recorded', () => {
    expect(playing.bookAt(UP, ENDS_AT_MS - 120_000)).toEqual({
      tokenId: UP,
      atMs: ENDS_AT_MS - 120_000,
      tickMicros: 10_000n,
      bids: [
        { priceMicros: 640_000n, sharesMicros: 30_000_000n },
        { priceMicros: 630_000n, sharesMicros: 100_000_000n },
      ],
      asks: [
        { priceMicros: 660_000n, sharesMicros: 12_500_000n },
        { priceMicros: 670_000n, sharesMicros: 40_000_000n },
      ],
    });
  });

  it('shows the first book before its time, dated when it is read', () => {
    const book = playing.bookAt(DOWN, ENDS_AT_MS - 900_000);
    expect(book?.bids[0]?.priceMicros).toBe(510_000n);
    expect(book?.atMs).toBe(ENDS_AT_MS - 900_000);
  });

  it('keeps an empty side empty', () => {
    expect(playing.bookAt(DOWN, ENDS_AT_MS - 1_000)?.bids).toEqual([]);
    expect(playing.bookAt(UP, ENDS_AT_MS - 1_000)?.asks).toEqual([]);
  });

  it('has no book from the end on, and none for a foreign token', () => {
    expect(playing.bookAt(DOWN, ENDS_AT_MS)).toBeUndefined();
    expect(playing.bookAt('7', ENDS_AT_MS - 60_000)).toBeUndefined();
  });

  it('ends as recorded, or with the leader when the recording names no winner', () => {
    expect(playing.winner).toBe('UP');
    const unknown = parseRecording('r', aRecordingText({ header: { winner: null } }));
    expect(playRecordedWindow(unknown, market).winner).toBe('UP');
  });

  it('puts the underlying above its start when UP is ahead, and on the winner’s side at the end', () => {
    const atStart = playing.underlyingMicrosAt(ENDS_AT_MS - 299_000);
    const ahead = playing.underlyingMicrosAt(ENDS_AT_MS - 60_000);
    expect(ahead).toBeGreaterThan(atStart);
    expect(playing.underlyingMicrosAt(ENDS_AT_MS + 1_000)).toBeGreaterThan(atStart);
  });

  it('gives the recorded mid of either outcome', () => {
    const recording = parseRecording('r', aRecordingText());
    expect(recordedMidMicros(recording, 'DOWN', 120_000)).toBe(350_000n);
    expect(recordedMidMicros(recording, 'UP', 120_000)).toBe(650_000n);
  });
});
