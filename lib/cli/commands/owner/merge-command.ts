import { planMerge } from '#lib/adapters/polygon/settlement/merge-calls.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { findChosenMarkets } from '#lib/cli/owner/find-markets.ts';
import { type OwnerOptions, openOwner } from '#lib/cli/owner/open-owner.ts';
import { exactShares } from '#lib/cli/owner/owner-words.ts';
import { settleEarlier } from '#lib/cli/owner/perform-action.ts';
import { recordByHand } from '#lib/cli/owner/record-by-hand.ts';
import { readCash, settleByHand } from '#lib/cli/owner/settle-by-hand.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { minMicros, parseMicros } from '#lib/domain/market/money.ts';
import { dollars } from '#lib/words/money-text.ts';
import { toJson } from '#lib/words/to-json.ts';

export type MergeOptions = OwnerOptions & { readonly market: string; readonly shares?: string };

const READ_DEADLINE_MS = 20_000;

/** Turns pairs of both outcomes into a dollar each, after a preview and a yes. */
export async function mergeCommand(terminal: Terminal, options: MergeOptions): Promise<ExitCode> {
  const asked = options.shares === undefined ? null : readShares(options.shares);
  const owner = await openOwner(terminal, options);
  try {
    await settleEarlier(terminal, owner);
    const deadlineAtMs = terminal.nowMs() + READ_DEADLINE_MS;
    const [owned] = await findChosenMarkets(terminal, owner, { market: options.market }, deadlineAtMs);
    if (owned === undefined) throw new CliError(EXIT_CODES.notFound, 'market-not-found', 'There is no such market.');
    const pairsMicros = minMicros(owned.held.UP, owned.held.DOWN);
    const micros = asked ?? pairsMicros;
    if (micros > pairsMicros) {
      const text = `The wallet holds ${exactShares(pairsMicros)} pairs of this market, which is less than ${exactShares(micros)}.`;
      throw new CliError(EXIT_CODES.refused, 'not-enough-shares', text);
    }
    const plan = await planMerge(owner.rpc, owned.terms, micros, deadlineAtMs);
    if ('refusal' in plan) throw new CliError(EXIT_CODES.refused, 'nothing-to-merge', `${plan.refusal}.`);
    const { UP, DOWN } = owned.outcomeNames;
    const facts = [
      ['Market', owned.slug],
      ['Merge', `${exactShares(micros)} ${UP} and as many ${DOWN}, for ${dollars(micros)}`],
      ['Left', `${exactShares(owned.held.UP - micros)} ${UP} and ${exactShares(owned.held.DOWN - micros)} ${DOWN}`],
    ] as const;
    const planned = [
      { ...plan, owned, expectedMicros: micros, what: `merge ${exactShares(micros)} pairs of ${owned.slug}` },
    ];
    const preview = { title: 'Merge', facts, question: 'Merge now?' };
    const paid = await settleByHand(terminal, options, owner, planned, preview);
    if (paid === null) return EXIT_CODES.refused;
    const transactionHashes = paid.flatMap((each) => each.transactionHashes);
    const cashMicros = await readCash(owner, transactionHashes, terminal.nowMs() + READ_DEADLINE_MS);
    const { conditionId } = plan;
    const marketSlug = owned.slug;
    await recordByHand(terminal, owner, [
      { action: 'merged', marketSlug, conditionId, cashMicros, references: transactionHashes },
    ]);
    if (options.json === true) terminal.out(toJson({ merged: { market: owned.slug, cashMicros, transactionHashes } }));
    else terminal.out(`Merged: ${dollars(cashMicros)} for ${owned.slug}\n${transactionHashes.join('\n')}`);
    if (cashMicros === micros) return EXIT_CODES.ok;
    const text = `The transaction took effect and brought ${dollars(cashMicros)} instead of ${dollars(micros)}.`;
    throw new CliError(EXIT_CODES.failure, 'other-cash-arrived', text);
  } finally {
    owner.close();
  }
}

/** @throws CliError 2 */
function readShares(text: string): bigint {
  try {
    const micros = parseMicros(text);
    if (micros > 0n) return micros;
  } catch {
    // One text below for every wrong number.
  }
  throw new CliError(EXIT_CODES.usage, 'usage', '--shares must be a number of shares above zero, such as 10 or 3.5.');
}
