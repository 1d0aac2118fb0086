import { expect, it } from 'vitest';
import { websiteOf } from '#functions/wiring/live-checks.ts';

it.each(['https://clob.polymarket.com', 'https://clob.polymarket.com/', 'https://CLOB-staging.Polymarket.com/v1'])(
  'asks the website of Polymarket whom Polymarket turns away: %s',
  (clobHost) => {
    expect(websiteOf(clobHost)).toBe('https://polymarket.com');
  },
);

it.each(['http://127.0.0.1:8080/clob/', 'https://notpolymarket.com', 'https://polymarket.com.example.org'])(
  'asks any other venue itself: %s',
  (clobHost) => {
    expect(websiteOf(clobHost)).toBe(clobHost);
  },
);
