import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ACTION_KEYS } from '../act/action-keys.ts';
import { isTyping } from '../is-typing.ts';
import { PAGES } from '../pages.ts';
import { linkTo } from '../router.ts';

/** Keys that work on every page. */
export function useKeys(): { readonly isHelpOpen: boolean; closeHelp(): void } {
  const [isHelpOpen, setHelpOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (event.key === '?') {
        setHelpOpen(true);
        return;
      }
      const page = PAGES.find(({ key }) => key === event.key);
      if (page !== undefined) location.hash = linkTo(page.path);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return { isHelpOpen, closeHelp: () => setHelpOpen(false) };
}

const ROW_KEYS: readonly (readonly [string, string])[] = [
  ['↓ or j', 'next position'],
  ['↑ or k', 'position before'],
  ['Enter', 'open the position'],
  ['/', 'filter the positions'],
  ['?', 'these keys'],
  ['Esc', 'close this'],
];

export function KeysDialog({
  isOpen,
  onClose,
}: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}): ComponentChildren {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
  }, [isOpen]);
  const close = (): void => {
    dialog.current?.close();
    onClose();
  };
  const pages = PAGES.flatMap(({ key, title }) => (key === null ? [] : [[key, `page ${title}`] as const]));
  return html`
    <dialog ref=${dialog} onClose=${onClose} aria-labelledby="keys-title">
      <article>
        <h2 id="keys-title">Keys</h2>
        <dl class="keys">
          ${[...pages, ...ACTION_KEYS, ...ROW_KEYS].map(
            ([key, text]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${text}</dd></div>`,
          )}
        </dl>
        <footer><button type="button" onClick=${close}>Close</button></footer>
      </article>
    </dialog>
  `;
}
