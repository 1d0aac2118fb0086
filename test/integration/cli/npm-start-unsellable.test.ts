import { describe, expect, it } from 'vitest';
import { playScenario } from './play-scenario.ts';

/** An exit whose first sells come before the deadline on a busy machine, too. */
const QUICK_SCENARIO = { STORY_TIME_TO_EXIT_MS: '12000', EXIT_LEAD_MS: '20000', PAPER_SETTLEMENT_FIXED_MS: '500' };

describe('npm start -- --scenario unsellable', () => {
  const { told, log } = playScenario('unsellable', QUICK_SCENARIO);

  it('tells that nobody bid, that the deadline was written, and the result', () => {
    expect(told()).toContain('Nobody bids.');
    expect(told()).toContain('Deadline reached');
    expect(told()).toMatch(/The market is resolved: the shares (won|lost)/);
    expect(told()).not.toContain('not enough balance');
  });

  it('shows the deadline and the result as Discord messages, with the reason', () => {
    for (const asset of ['BTC', 'ETH']) {
      expect(told()).toContain(`PAPER · ${asset} UP · NOT sold in time`);
      expect(told()).toMatch(
        new RegExp(`(🔵|🟢) PAPER · ${asset} UP · redeemed|🔴 PAPER · ${asset} UP · expired worthless`),
      );
    }
    expect(told()).toContain('emergency:timeout_sell_failed');
  });

  it('says in its summary what each share paid, and leaves nothing waiting', () => {
    const summary = told().slice(told().indexOf('Summary'));
    expect(summary.match(/not sold; /g)?.length).toBeGreaterThanOrEqual(1);
    expect(summary).toMatch(/The market's result paid \$\d+\.\d\d for them|they are worthless/);
    expect(summary).toContain('No position is left buying, holding or exiting.');
    expect(summary).not.toContain("Awaiting the market's result");
  });

  it('settles in the settle function, without an error', () => {
    expect(log()).toContain('"service":"settle"');
    expect(log()).not.toContain('"level":"ERROR"');
  });
});
