import { html } from 'htm/preact';
import { render } from 'preact';
import { createApi } from './api.ts';
import { followConsole } from './live.ts';
import { Shell } from './shell/shell.ts';
import { hasNewToken, takeToken } from './token.ts';

/** A later run's address that is pasted into this tab changes the fragment only. */
addEventListener('hashchange', () => {
  if (hasNewToken()) location.reload();
});

function start(): void {
  const root = document.getElementById('app');
  if (root === null) return;
  root.replaceChildren();
  const token = takeToken();
  if (token === null) {
    render(html`<main class="container"><h1>T-minus console</h1><p role="alert">${NO_TOKEN}</p></main>`, root);
    return;
  }
  const api = createApi(token);
  render(html`<${Shell} api=${api} live=${followConsole(api)} />`, root);
}

const NO_TOKEN =
  'This tab has no token. Open the whole address that `tminus console` printed, with everything behind the #.';

start();
