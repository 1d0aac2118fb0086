import type { DifferenceKind, WalletDifference } from '#lib/domain/news/wallet-difference.ts';
import { shares, signedDollars } from '#lib/words/money-text.ts';
import { isoTime, utcTime } from '#lib/words/time-text.ts';
import type { DiscordEmbed } from './discord-limits.ts';
import { field, NEWS_LOOK, plain, quoted, SEVERITY_LOOKS } from './discord-look.ts';

type Words = { readonly headline: string; readonly meaning: string; readonly advice: string };

/** Where wallet and table do not agree: what, how much, and what to do. */
export function differenceEmbed(difference: WalletDifference): DiscordEmbed {
  const { kind, wallet, conditionId, marketSlug, atMs, cashMicros, positionIds, transactionHashes } = difference;
  const { headline, meaning, advice } = wordsOf(difference);
  const { icon, color } = kind === 'cash-moved' ? NEWS_LOOK : SEVERITY_LOOKS.warning;
  const amounts = [
    ...(cashMicros === '0' ? [] : [signedDollars(cashMicros)]),
    ...difference.shares.map(
      ({ sharesMicros }) => `${sharesMicros.startsWith('-') ? '' : '+'}${shares(sharesMicros)} shares`,
    ),
  ];
  return {
    title: `${icon} LIVE · ${marketSlug === null ? 'wallet' : plain(marketSlug)} · ${headline}`,
    description: `${meaning}\n${advice}`,
    color,
    fields: [
      field(kind === 'cash-moved' ? 'Moved' : 'Difference', amounts.join('\n') || 'none', true),
      ...(positionIds.length === 0
        ? []
        : [field('Position', positionIds.slice(0, LISTED_MAX).map(plain).join('\n'), true)]),
      field('When', utcTime(atMs, atMs), true),
      ...(transactionHashes.length === 0
        ? []
        : [field('Transactions', transactionHashes.slice(0, LISTED_MAX).map(linkTo).join('\n'), false)]),
    ],
    footer: { text: conditionId === null ? wallet : `${wallet} · ${conditionId}` },
    timestamp: isoTime(atMs),
  };
}

/** Discord cuts a field at 1,024 characters; `tminus ledger` has all of them. */
const LISTED_MAX = 5;

function linkTo(hash: string): string {
  const name = hash.replace(/[^\w]/g, '');
  return `[${name.slice(0, 10)}…](https://polygonscan.com/tx/${name})`;
}

function wordsOf({ kind, positionIds, atMs, cashMicros }: WalletDifference): Words {
  const day = isoTime(atMs).slice(0, 10);
  const compare = `\`tminus ledger --day ${day}\` compares the day line by line.`;
  const [positionId = ''] = positionIds;
  const words: Readonly<Record<DifferenceKind, Words>> = {
    'shares-missing': {
      headline: 'shares are missing',
      meaning:
        'The position records shares that the wallet does not hold, and no transaction of the last hours explains it.',
      advice: `Was it sold or sent by hand, or by another program? Look at \`tminus show ${quoted(positionId)}\`. The exit sells what is there.`,
    },
    'not-on-chain': {
      headline: 'a recorded movement did not happen',
      meaning: 'The row says that cash and shares moved, and the chain shows nothing of it.',
      advice: `Compare the trades of \`tminus show ${quoted(positionId)}\` with the venue. ${compare}`,
    },
    'not-on-record': {
      headline: 'a movement that no row explains',
      meaning:
        'Cash or shares moved in a market of a position, and no row says why: by hand, by another program, or by an order whose answer was lost.',
      advice: `Look at the transaction. ${compare}`,
    },
    'amounts-differ': {
      headline: 'amounts differ',
      meaning: 'What moved in a market is not what its rows say.',
      advice: `Look at the transactions and the trades. ${compare}`,
    },
    balance: {
      headline: 'the balance does not add up',
      meaning: 'The balance before and all movements do not give the balance after.',
      advice: `Nodes may answer differently: repeat it with another one. ${compare}`,
    },
    'cash-moved': {
      headline: cashMicros.startsWith('-') ? 'withdrawal' : 'deposit',
      meaning: `Cash ${cashMicros.startsWith('-') ? 'left' : 'reached'} the wallet without a market.`,
      advice:
        'Nothing to do if this was you, or a reward of the venue. Otherwise `tminus halt`, and look at the transaction.',
    },
  };
  return words[kind];
}
