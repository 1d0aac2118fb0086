import { html } from 'htm/preact';
import type { ComponentChildren } from 'preact';
import type { FieldFault } from '#lib/console/act/action-message.ts';
import type { Field, Values } from './fields.ts';

type FormProps = {
  readonly fields: readonly Field[];
  readonly values: Values;
  readonly faults: readonly FieldFault[];
  readonly onChange: (name: string, value: string) => void;
};

/** What a request needs; rare fields are folded away unless one of them is at fault. */
export function ActionFields({ fields, ...props }: FormProps): ComponentChildren {
  const more = fields.filter(({ isMore }) => isMore === true);
  const isMoreFaulty = more.some(({ name }) => props.faults.some(({ field }) => field === name));
  const draw = (field: Field, index: number): ComponentChildren =>
    html`<${FieldControl} key=${field.name} field=${field} isFirst=${index === 0} ...${props} />`;
  return html`
    ${fields.filter(({ isMore }) => isMore !== true).map(draw)}
    ${
      more.length > 0 &&
      html`<details open=${isMoreFaulty}><summary>More</summary>${more.map((field) => draw(field, 1))}</details>`
    }
  `;
}

type ControlProps = Omit<FormProps, 'fields'> & { readonly field: Field; readonly isFirst: boolean };

function FieldControl({ field, isFirst, values, faults, onChange }: ControlProps): ComponentChildren {
  const { name, label, hint } = field;
  const fault = faults.find((each) => each.field === name);
  const described = fault !== undefined ? `${name}-fault` : hint !== undefined ? `${name}-hint` : undefined;
  const shared = {
    ...{ id: `act-${name}`, name, 'aria-describedby': described },
    ...(fault !== undefined && { 'aria-invalid': 'true' }),
    ...(isFirst && { 'data-focus': '' }),
  };
  return html`
    <div class="act-field">
      <label for=${shared.id}>${label}</label>
      ${controlOf(field, shared, values[name] ?? '', (value) => onChange(name, value))}
      ${
        fault !== undefined
          ? html`<small id=${described} class="tone-bad">${sentence(fault.message)}</small>`
          : hint !== undefined && html`<small id=${described}>${hint}</small>`
      }
    </div>
  `;
}

function controlOf(
  { name, control, proposals }: Field,
  shared: object,
  value: string,
  set: (value: string) => void,
): ComponentChildren {
  const onText = ({ target }: Event): void => {
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) set(target.value);
  };
  if (control === 'check') {
    const onCheck = ({ target }: Event): void => {
      if (target instanceof HTMLInputElement) set(target.checked ? 'yes' : '');
    };
    return html`<input type="checkbox" ...${shared} checked=${value !== ''} onChange=${onCheck} />`;
  }
  if (typeof control === 'object') {
    const options = control.map(
      ([each, text]) => html`<option key=${each} value=${each} selected=${each === value}>${text}</option>`,
    );
    return html`<select ...${shared} onChange=${onText}>${options}</select>`;
  }
  // A number is text, so that what is typed is what is judged.
  const mode = control === 'number' ? 'decimal' : 'text';
  const list = proposals === undefined ? undefined : `act-${name}-list`;
  return html`
    <input type="text" inputmode=${mode} autocomplete="off" ...${shared} list=${list} value=${value} onInput=${onText} />
    ${list !== undefined && html`<datalist id=${list}>${proposals?.map((each) => html`<option key=${each} value=${each} />`)}</datalist>`}
  `;
}

/** `must be …` of a field: `It must be ….` */
function sentence(message: string): string {
  return /^(must|is) /.test(message) ? `It ${message}.` : message;
}
