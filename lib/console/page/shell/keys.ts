import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ACTION_KEYS } from '../act/action-keys.ts';
import { PAGES } from '../pages.ts';
import { linkTo } from '../router.ts';
import { useKeydown } from '../use-keydown.ts';

/** Keys that work on every page. `helpAskCount`: how often their list was asked for. */
export function useKeys(): { readonly helpAskCount: number } {
  const [helpAskCount, setHelpAskCount] = useState(0);
  useKeydown((event) => {
    if (event.key === '?') {
      setHelpAskCount((count) => count + 1);
      return;
    }
    const page = PAGES.find(({ key }) => key === event.key);
    if (page !== undefined) location.hash = linkTo(page.path);
  }, []);
  return { helpAskCount };
}

const ROW_KEYS: readonly (readonly [string, string])[] = [
  ['↓ or j', 'next position'],
  ['↑ or k', 'position before'],
  ['Enter', 'open the position'],
  ['/', 'filter the positions'],
  ['?', 'these keys'],
  ['Esc', 'close this'],
];

/** Opened by each ask: a browser tells that a dialog was closed only later, when it may have been asked for again. */
export function KeysDialog({ askCount }: { readonly askCount: number }): ComponentChildren {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (askCount > 0 && dialog.current?.open === false) dialog.current.showModal();
  }, [askCount]);
  const pages = PAGES.flatMap(({ key, title }) => (key === null ? [] : [[key, `page ${title}`] as const]));
  return html`
    <dialog ref=${dialog} aria-labelledby="keys-title">
      <article>
        <h2 id="keys-title">Keys</h2>
        <dl class="keys">
          ${[...pages, ...ACTION_KEYS, ...ROW_KEYS].map(
            ([key, text]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${text}</dd></div>`,
          )}
        </dl>
        <footer><button type="button" onClick=${() => dialog.current?.close()}>Close</button></footer>
      </article>
    </dialog>
  `;
}
