import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import type { NowRow } from '#lib/console/now/now-message.ts';
import { OVERDUE_MS, SOON_MS } from '#lib/words/now-words.ts';
import { clockText, countdown, seconds, utcClock } from '#lib/words/time-text.ts';
import { useTimeText } from '../clock.ts';
import { consoleNowMs } from '../live.ts';
import { linkTo } from '../router.ts';

/** One position. Every cell has a first line, and a second one for details. */
export function PositionRow({ row, index }: { readonly row: NowRow; readonly index: number }): ComponentChildren {
  const { positionId, what, mode, isOpen, state } = row;
  const classes = ['position', `is-${state}`, isOpen ? 'is-open' : 'is-closed', `is-${mode}`];
  return html`
    <tr role="row" class=${classes.join(' ')} data-money=${mode} data-index=${index} aria-rowindex=${index + 2}>
      <th role="rowheader" scope="row" class="cell-what">
        <a href=${linkTo('position', positionId)}>${what}</a>
        ${mode === 'live' && html` <span class="badge-live">LIVE</span>`}
        <${Detail} text=${row.notes.join('; ') || row.marketSlug} />
      </th>
      <td role="cell" class="cell-state">
        <span class=${`tone-${row.stateTone}`} title=${row.stateMeaning}>${row.stateText}</span>
        <${Detail} ...${stateDetail(row)} />
      </td>
      <td role="cell" class="cell-exit"><${ExitTime} row=${row} /></td>
      <td role="cell" class="cell-next"><${NextStep} row=${row} /></td>
      <td role="cell" class="cell-bid">
        <span>${row.bid ?? row.sold ?? '–'}</span>
        <${Detail} text=${row.isThin ? 'too few bids' : row.entry === '–' ? '' : `from ${row.entry}`} />
      </td>
      <td role="cell" class="cell-paid">
        <span>${row.paid}</span>
        <${Detail} text=${sharesText(row)} />
      </td>
      <td role="cell" class="cell-result">
        <span class=${`tone-${row.resultTone}`}>${row.result ?? (row.isRealised ? 'unknown' : '–')}</span>
        <${Detail} text=${row.isRealised ? 'realised' : row.result === null ? 'no price' : 'if sold now'} />
      </td>
      <td role="cell" class="cell-tries">
        <span>${row.attemptCount}</span>
        <${Detail} text=${row.refusalCount === 0 ? '' : `${row.refusalCount} refused`} tone=${isOpen ? 'warn' : 'quiet'} />
      </td>
    </tr>
  `;
}

type DetailProps = { readonly text: string; readonly tone?: string };

function Detail({ text, tone = 'quiet' }: DetailProps): ComponentChildren {
  return html`<span class=${`detail tone-${tone}`} title=${text}>${text === '' ? '\u00a0' : text}</span>`;
}

/** What keeps an exit from its end, or why it ended. */
function stateDetail({ exitReason, isOpen, state, stateMeaning, setbacks }: NowRow): DetailProps {
  if (isOpen && state !== 'awaiting-resolution' && setbacks.length > 0)
    return { text: setbacks.join('; '), tone: 'warn' };
  if (exitReason !== null) return { text: exitReason };
  return { text: isOpen && state !== 'holding' ? stateMeaning : '' };
}

function sharesText({ shares, remaining, isOpen }: NowRow): string {
  return !isOpen || shares === remaining ? `${shares} shares` : `${remaining} of ${shares} left`;
}

function ExitTime({ row }: { readonly row: NowRow }): ComponentChildren {
  const { exitAtMs, exitDueAtMs, exitLateMs, marketEndsAtMs } = row;
  const text = useTimeText((nowMs) => {
    if (exitAtMs !== null) return utcClock(exitAtMs, nowMs);
    return exitDueAtMs > nowMs ? countdown(exitDueAtMs - nowMs) : `${clockText(nowMs - exitDueAtMs)} ago`;
  });
  const tone = useTimeText((nowMs) => {
    if (exitAtMs !== null) return 'plain';
    if (nowMs - exitDueAtMs > OVERDUE_MS) return 'bad';
    return exitDueAtMs - nowMs <= SOON_MS ? 'warn' : 'plain';
  });
  const end = useTimeText((nowMs) => {
    if (exitAtMs !== null && exitLateMs !== null) return `${seconds(exitLateMs)} late`;
    return marketEndsAtMs > nowMs
      ? `ends in ${countdown(marketEndsAtMs - nowMs)}`
      : `ended ${utcClock(marketEndsAtMs, nowMs)}`;
  });
  return html`<span class=${`time tone-${tone}`}>${text}</span><${Detail} text=${end} />`;
}

function NextStep({ row }: { readonly row: NowRow }): ComponentChildren {
  const { nextStepAtMs, closedAtMs } = row;
  const text = useTimeText((nowMs) => {
    if (nextStepAtMs === null) return 'ended';
    if (nextStepAtMs > nowMs) return `in ${countdown(nextStepAtMs - nowMs)}`;
    return nowMs - nextStepAtMs > OVERDUE_MS ? `late by ${clockText(nowMs - nextStepAtMs)}` : 'now';
  });
  const isLate = text.startsWith('late');
  const atMs = nextStepAtMs ?? closedAtMs;
  const detail = atMs === null ? '' : `at ${utcClock(atMs, consoleNowMs())}`;
  return html`<span class=${isLate ? 'tone-bad' : 'tone-plain'}>${text}</span><${Detail} text=${detail} />`;
}
