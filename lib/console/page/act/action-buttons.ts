import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import type { ActionKind } from '#lib/console/act/action-message.ts';
import type { Live } from '../live.ts';
import { type Store, useStore } from '../store.ts';
import { askFor } from './asks.ts';

/** For the page *Now*: what concerns the whole suite. */
export function SuiteActions({ live }: { readonly live: Store<Live> }): ComponentChildren {
  const isHalted = useStore(live, ({ now }) => {
    const { openings } = now.sections;
    return openings !== undefined && 'state' in openings && openings.state === 'read' && openings.halts.length > 0;
  });
  return html`
    <section class="acts" aria-label="Actions">
      <${ActionButton} kind="open" text="Open" shortcut="o" />
      <${ActionButton} kind="guard" text="Guard" shortcut="g" />
      <${ActionButton} kind="halt" text="Halt openings" shortcut="H" />
      ${isHalted && html`<${ActionButton} kind="resume" text="Allow openings" shortcut="R" />`}
    </section>
  `;
}

/** For a position's page: nothing once the market's result decides. */
export function PositionActions({
  live,
  positionId,
}: {
  readonly live: Store<Live>;
  readonly positionId: string;
}): ComponentChildren {
  const row = useStore(live, ({ now }) => now.rows.get(positionId));
  if (row === undefined || !row.isOpen || row.state === 'awaiting-resolution') return null;
  const about = { positionId };
  return html`
    <section class="acts" data-money=${row.mode} aria-label="Actions">
      <${ActionButton} kind="exit" text="Sell" shortcut="s" ...${about} />
      <${ActionButton} kind="hold" text="Hold to the end" shortcut="e" ...${about} />
    </section>
  `;
}

type ButtonProps = {
  readonly kind: ActionKind;
  readonly text: string;
  readonly shortcut: string;
  readonly positionId?: string;
};

function ActionButton({ kind, text, shortcut, positionId }: ButtonProps): ComponentChildren {
  return html`
    <button type="button" class="outline" aria-haspopup="dialog" aria-keyshortcuts=${shortcut} onClick=${() => askFor(kind, positionId)}>
      ${text} <kbd aria-hidden="true">${shortcut}</kbd>
    </button>
  `;
}
