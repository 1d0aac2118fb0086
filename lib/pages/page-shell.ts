import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Page = {
  /** Follows the name of the product. */
  readonly title: string;
  /** HTML: every text in it has passed `escaped`. */
  readonly body: string;
  /** Read by the page's script from the element `data`. */
  readonly data: unknown;
  /** Runs after uPlot and `assets/charts.js`. */
  readonly script: string;
  /** What the page needs beside `assets/page.css`. */
  readonly style?: string;
};

/**
 * One file to keep or send: chart library, styles and figures are in it, and its policy lets nothing else run and
 * nothing be requested.
 */
export function renderPage({ title, body, data, script, style }: Page): string {
  const styles = [fileOf('uplot/dist/uPlot.min.css'), readAsset('page.css'), ...(style === undefined ? [] : [style])];
  const scripts = [fileOf('uplot/dist/uPlot.iife.min.js'), readAsset('charts.js'), script];
  const policy = [
    "default-src 'none'",
    `style-src ${styles.map(hashOf).join(' ')}`,
    `script-src ${scripts.map(hashOf).join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>T-minus ${escaped(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
${styles.map((text) => `<style>${text}</style>`).join('\n')}
</head>
<body>
<main>
${body}
</main>
<script type="application/json" id="data">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
${scripts.map((text) => `<script>${text}</script>`).join('\n')}
</body>
</html>
`;
}

/** Whether a file with this beginning is a page of ours, and may be replaced by another one. */
export function isOwnPage(head: string): boolean {
  return head.startsWith('<!doctype html>') && head.includes('<title>T-minus ');
}

export function readAsset(name: string): string {
  return readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8');
}

/**
 * Text as HTML shows it, in elements and in quoted attributes. Control characters and signs that turn the text around
 * become blanks.
 */
export function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function fileOf(path: string): string {
  return readFileSync(fileURLToPath(import.meta.resolve(path)), 'utf8');
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
