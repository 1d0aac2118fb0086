/** Which rows of a long list are drawn: those in sight, and some before and after. */
export type RowWindow = { readonly from: number; readonly to: number };

const MARGIN_ROW_COUNT = 15;
/** The window moves by so many rows at once, so that most steps of a scroll draw nothing. */
const STEP_ROW_COUNT = 10;

/**
 * @param topPx where the first row begins, from the top of the screen; negative when it is above
 */
export function windowOf({
  count,
  topPx,
  screenPx,
  rowPx,
}: {
  readonly count: number;
  readonly topPx: number;
  readonly screenPx: number;
  readonly rowPx: number;
}): RowWindow {
  const first = floorTo(-topPx / rowPx - MARGIN_ROW_COUNT);
  const last = floorTo((screenPx - topPx) / rowPx + MARGIN_ROW_COUNT) + STEP_ROW_COUNT;
  const from = Math.min(Math.max(first, 0), count);
  return { from, to: Math.min(Math.max(last, from), count) };
}

const floorTo = (row: number): number => Math.floor(row / STEP_ROW_COUNT) * STEP_ROW_COUNT;
