import type { ActionKind } from '#lib/console/act/action-message.ts';
import { ASSETS, WINDOWS } from '#lib/domain/market/up-down-markets.ts';

export type Field = {
  /** As the request names it. */
  readonly name: string;
  readonly label: string;
  /** What it takes, as an example or in words. */
  readonly hint?: string;
  readonly control: 'text' | 'number' | 'check' | readonly (readonly [value: string, text: string])[];
  /** Filled in when the form opens. */
  readonly initial?: string;
  /** Proposed, and others are taken. */
  readonly proposals?: readonly string[];
  /** Rarely used: below *More*. */
  readonly isMore?: boolean;
};

/** Values as they are typed; the server parses them. */
export type Values = Readonly<Record<string, string>>;

/** A stage without real money offers none. */
const modeField = (isLive: boolean, initial: string): Field => ({
  ...{ name: 'mode', label: 'Mode', initial },
  control: [['paper', 'paper'], ...(isLive ? [['live', 'LIVE: real money'] as const] : [])],
});

const SIDE: Field = {
  ...{ name: 'side', label: 'Side', hint: 'UP or DOWN, or the name of the outcome', control: 'text' },
  proposals: ['UP', 'DOWN'],
};

const EXIT_FIELDS: readonly Field[] = [
  { name: 'preset', label: 'Preset', hint: 'rules of the stage under a name, or none', control: 'text', isMore: true },
  { name: 'stopLoss', label: 'Stop-loss', hint: '0.45, or 20% below the entry', control: 'text', isMore: true },
  { name: 'takeProfit', label: 'Take-profit', hint: '0.80, or 50% above the entry', control: 'text', isMore: true },
  { name: 'trailingStop', label: 'Trailing stop', hint: '0.10, or 20% of the entry', control: 'text', isMore: true },
  {
    name: 'holdAbove',
    label: 'Hold above',
    hint: 'price from which its exit is held, 0.97',
    control: 'number',
    isMore: true,
  },
  { name: 'floor', label: 'Not below', hint: 'dollars a share, 0.05', control: 'number', isMore: true },
  {
    name: 'exitAt',
    label: 'Exit at',
    hint: '2026-12-01T15:00:00Z, for markets without a window',
    control: 'text',
    isMore: true,
  },
];

const MARKET_HINT = 'slug, such as btc-updown-5m-1773307200';

export function fieldsOf(kind: ActionKind, isLive: boolean): readonly Field[] {
  switch (kind) {
    case 'exit':
      return [
        { name: 'shares', label: 'Shares', hint: 'empty for all', control: 'number' },
        {
          name: 'minPrice',
          label: 'Not below',
          hint: 'dollars a share, such as 0.8; empty for any price',
          control: 'number',
        },
      ];
    case 'open':
      return [
        modeField(isLive, 'paper'),
        { name: 'asset', label: 'Asset', control: ASSETS.map((asset) => [asset, asset]), initial: 'BTC' },
        { name: 'window', label: 'Window', control: WINDOWS.map((window) => [window, window]), initial: '5m' },
        SIDE,
        { name: 'usd', label: 'Dollars', hint: 'the most it may cost, fees included', control: 'number' },
        {
          name: 'marketSlug',
          label: 'Market',
          hint: `instead of asset and window: ${MARKET_HINT}`,
          control: 'text',
          isMore: true,
        },
        ...EXIT_FIELDS,
      ];
    case 'guard':
      return [
        modeField(isLive, isLive ? 'live' : 'paper'),
        { name: 'marketSlug', label: 'Market', hint: MARKET_HINT, control: 'text' },
        SIDE,
        { name: 'shares', label: 'Shares', hint: 'the most; on paper what it holds', control: 'number' },
        {
          name: 'expectShares',
          label: 'Expect shares',
          hint: 'an order was just placed: wait for it',
          control: 'check',
        },
        { name: 'cost', label: 'Cost', hint: 'on paper: dollars for all of them', control: 'number', isMore: true },
        ...EXIT_FIELDS,
      ];
    case 'halt':
      return [
        { name: 'reason', label: 'Reason', hint: 'for those who read it later', control: 'text' },
        {
          name: 'mode',
          label: 'Openings',
          control: [
            ['', 'paper and live'],
            ['paper', 'paper'],
            ['live', 'live'],
          ],
        },
      ];
    case 'hold':
    case 'resume':
      return [];
  }
}

export function initialValues(fields: readonly Field[]): Values {
  return Object.fromEntries(fields.map(({ name, initial = '' }) => [name, initial]));
}

/** The request's fields: what is left empty is left out. */
export function toRequest(fields: readonly Field[], values: Values, positionId: string | null) {
  const isOfMarket = (values.marketSlug ?? '').trim() !== '';
  const filled = fields.flatMap(({ name, control }): (readonly [string, unknown])[] => {
    const value = (values[name] ?? '').trim();
    // A market that is named has its own window.
    if (value === '' || (isOfMarket && (name === 'asset' || name === 'window'))) return [];
    return [[name, control === 'check' ? true : value]];
  });
  return { ...Object.fromEntries(filled), ...(positionId !== null && { positionId }) };
}
