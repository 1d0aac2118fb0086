import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import type { AboutSection } from '#lib/console/now/now-message.ts';
import type { Live } from '../live.ts';
import { PAGES } from '../pages.ts';
import { linkTo } from '../router.ts';
import { type Store, useStore } from '../store.ts';

/** The band on top: its colour tells paper from real money, its words name the stage. */
export function Band({ live, page }: { readonly live: Store<Live>; readonly page: string }): ComponentChildren {
  const about = useStore(live, ({ now }) => now.sections.about);
  return html`
    <header class="band">
      <p class="band-name"><strong>T-minus</strong></p>
      ${
        about !== undefined &&
        html`<p class="band-stage">
          <strong class="money">${about.isLive ? 'LIVE' : 'PAPER'}</strong>
          <span>stage ${about.stage}</span>
          <span class="quiet-part">${whereText(about)}</span>
        </p>`
      }
      <nav aria-label="Pages">
        <ul>
          ${PAGES.filter(({ key }) => key !== null).map(
            ({ path, title }) => html`<li key=${path}>
              <a href=${linkTo(path)} aria-current=${path === page ? 'page' : undefined}>${title}</a>
            </li>`,
          )}
        </ul>
      </nav>
    </header>
  `;
}

/** Where it is, without the stage that stands beside it. */
function whereText({ place, stage, commit }: AboutSection): string {
  const where = place.replace(`stage ${stage} `, '');
  return commit === null ? where : `${where}, commit ${commit}`;
}
