import { TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import type { PositionView } from '#lib/domain/position/position-view.ts';
import { describeRules } from '#lib/words/rule-words.ts';
import { wrapText } from './wrap-text.ts';

/** `  rules: stop-loss 45.0¢`, below what `open` and `guard` print of a position; none without rules. */
export function ruleLines(view: Pick<PositionView, 'rules' | 'refusedPreset'>): readonly string[] {
  const rules = describeRules(view);
  return rules === null ? [] : indented(`rules: ${rules}`);
}

/** Lines that stand two columns in. */
function indented(text: string): readonly string[] {
  return wrapText(text, TERMINAL_WIDTH - 2).map((line) => `  ${line}`);
}
